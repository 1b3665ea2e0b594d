import { randomBytes } from 'node:crypto';
import { sqlLiteral } from '../../../src/shared/quote.js';
import type { Kit } from './kit.js';
import { asks, piece, type WorldRow } from './world-row.js';

const SECRET = 'secret/data/postgres/speedtest';

const put = (kit: Kit, data: Record<string, string>): Promise<unknown> => kit.vault('POST', SECRET, { data });
const setRole = (kit: Kit, password: string, encryption = 'scram-sha-256'): Promise<unknown> =>
  kit.sql(`set password_encryption = '${encryption}'; alter role speedtest password ${sqlLiteral(password)}`);

async function keep(kit: Kit): Promise<string> {
  const password = await kit.world.secret('postgres/speedtest');
  kit.notes.set('password', password);
  return password;
}

/** Vault, the role and the app have the password of before. */
async function back(kit: Kit): Promise<void> {
  const password = kit.notes.get('password');
  if (password === undefined) return;
  await put(kit, { password });
  await setRole(kit, password);
}

/** With the password that the app uses now, as it would be typed. */
const typed = (kit: Kit, command: string): Promise<string> =>
  kit.shell(command, { P: kit.notes.get('password') ?? '' });

const changed = (id: string, broken: string, says: RegExp, breakIt: (kit: Kit) => Promise<unknown>): WorldRow => ({
  ...{ id, broken, says, breakIt },
  by: 'its command',
  mend: (kit, { fix }) => typed(kit, piece(fix, /then: (printf %s "\$P" \| vault kv (?:put|patch) [^;]+)/)),
  putBack: back,
});

export const SECRET_ROWS: readonly WorldRow[] = [
  changed('secret-missing', 'the secret was removed with all of its versions', /no secret at/, async (kit) => {
    await keep(kit);
    await kit.vault('DELETE', 'secret/metadata/postgres/speedtest');
  }),
  {
    id: 'secret-deleted',
    broken: 'the newest version of the secret was deleted',
    says: /newest version of .*speedtest is deleted/,
    by: 'its command',
    breakIt: async (kit) => {
      await keep(kit);
      await kit.vault('DELETE', SECRET);
    },
    mend: (kit, { fix }) => kit.shell(piece(fix, /^(vault kv undelete .*)$/)),
    putBack: back,
  },
  changed(
    'secret-key-missing',
    'the secret was written with another key',
    /has no key password, only pass/,
    async (kit) => put(kit, { pass: await keep(kit) }),
  ),
  changed('secret-flawed', 'the password was written with the line break of an echo', /line break/, async (kit) =>
    put(kit, { password: `${await keep(kit)}\n` }),
  ),
  changed('secret-mismatch', 'a new password was written to Vault alone', /does not fit the verifier/, async (kit) => {
    await keep(kit);
    await put(kit, { password: randomBytes(24).toString('hex') });
  }),
  {
    id: 'secret-task-stale',
    broken: 'a new password was given to Vault and the role, and the app goes on with the old one',
    says: /task app runs with another password/,
    by: 'its command',
    breakIt: async (kit) => {
      await keep(kit);
      const password = randomBytes(24).toString('hex');
      await put(kit, { password });
      await setRole(kit, password);
    },
    mend: async (kit, { fix }) => {
      await kit.shell(piece(fix, /: (nomad job restart .* -reschedule speedtest)$/));
      kit.notes.delete('password');
    },
    putBack: back,
  },
  {
    id: 'role-md5',
    broken: 'the password of the role is kept as md5',
    says: /md5 verifier/,
    by: 'by hand',
    breakIt: async (kit) => setRole(kit, await keep(kit), 'md5'),
    mend: async (kit, { fix }) => {
      const encryption = piece(fix, /^set password_encryption = '([a-z0-9-]+)', then/);
      asks(fix, /\\password speedtest with the same password/);
      await setRole(kit, kit.notes.get('password') ?? '', encryption);
    },
    putBack: back,
  },
];
