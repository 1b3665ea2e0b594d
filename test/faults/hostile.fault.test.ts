import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { goTemplateLiteral } from '../../src/render/helpers/go-template.js';
import { sqlIdent, sqlLiteral } from '../../src/shared/quote.js';
import { sharedServer } from '../e2e/cluster-state.js';
import { expectNothingLost, expectOk, expectRefused, explain } from '../e2e/expectations.js';
import { LabWorld, type Run } from '../e2e/lab-world.js';
import { type LabVault, labVault } from '../support/lab-vault.js';
import { fault } from './fault.js';

/** Legal, 63 bytes, and something in it for SQL, psql, libpq's connection strings, shell, HCL and Go templates. */
const DATABASE = `-d a=b "x" 'y' $(id) \\c {{z}} \${a} %{b} ;é postgres://u@h/d?`.padEnd(62, '_');
const ROLE = `r"o'l$e {{.}} %{a} \`id\` ünï :x`;
const OTHER = 'Other-0123456789: \\ "x"';
const PASSWORD = `p' " # $x % / + @ \\ : ; & ? {{a}} %{b} \${c} ü😀 = \\n\t\``;

let world: LabWorld;
let vault: LabVault;

beforeAll(async () => {
  world = await LabWorld.up('fault-hostile', { scale: 1 });
  vault = labVault(world.lab);
  await rename();
}, 300_000);
afterAll(() => world?.down(), 120_000);

/** Text for a template in a heredoc, in the double quotes of an environment file. */
const envText = (text: string): string =>
  goTemplateLiteral(JSON.stringify(text)).replaceAll('${', '$${').replaceAll('%{', '%%{');

const json = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

/** Database, role and password of the running app get these names; the operator's files say so. */
async function rename(): Promise<void> {
  const { JobModifyIndex, ...job } = await world.nomad<Record<string, unknown>>('/v1/job/speedtest');
  await world.nomad('/v1/jobs', json({ Job: { ...job, Stop: true }, EnforceIndex: true, JobModifyIndex }));
  await sharedServer(world, async (client) => {
    for (let left = 100; left > 0; left--) {
      const { rows } = await client.query("select from pg_stat_activity where datname = 'speedtest'");
      if (rows.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await client.query(`alter database speedtest rename to ${sqlIdent(DATABASE)}`);
    await client.query(`alter role speedtest rename to ${sqlIdent(ROLE)}`);
    await client.query(`alter role ${sqlIdent(ROLE)} password ${sqlLiteral(PASSWORD)}`);
  });
  await vault.write('postgres/speedtest', { password: PASSWORD });
  const text = await world.jobspecText();
  const named = text
    .replace('DB_DATABASE=speedtest', () => `DB_DATABASE=${envText(DATABASE)}`)
    .replace('DB_USERNAME=speedtest', () => `DB_USERNAME=${envText(ROLE)}`)
    .replace('{{ .Data.data.password }}', '{{ .Data.data.password | toJSON }}');
  await writeFile(world.jobspec, named);
  await renameInShared();
  await world.registerJobspec();
  await world.untilWriting();
  await untilStarted();
}

/** Nomad's servers hear of a task's start later than the app writes. Until then dbctl says that the app is starting. */
async function untilStarted(): Promise<void> {
  for (let left = 20; left > 0; left--) {
    const plan = await world.dbctl('plan', 'speedtest', '--json');
    expect(plan.stdout).not.toContain('DATABASE_AMBIGUOUS');
    if (!plan.stdout.includes('APP_STARTING')) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('dbctl says that the app is starting although it writes');
}

/** The block of the shared job's own init, as an operator with such a name would have it. */
async function renameInShared(): Promise<void> {
  const path = join(world.lab.home, 'jobs/src/postgresql.nomad.hcl');
  const inHeredoc = (sql: string): string => goTemplateLiteral(sql).replaceAll('${', '$${').replaceAll('%{', '%%{');
  const text = (await readFile(path, 'utf8'))
    .replaceAll("datname = 'speedtest'", () => `datname = ${inHeredoc(sqlLiteral(DATABASE))}`)
    .replaceAll("rolname = 'speedtest'", () => `rolname = ${inHeredoc(sqlLiteral(ROLE))}`)
    .replaceAll("'CREATE DATABASE speedtest'", () => inHeredoc(sqlLiteral(`CREATE DATABASE ${sqlIdent(DATABASE)}`)))
    .replaceAll('CREATE ROLE speedtest', () => `CREATE ROLE ${inHeredoc(sqlIdent(ROLE))}`)
    .replaceAll(
      /DATABASE speedtest (OWNER )?TO speedtest/g,
      (_, owner = '') => `DATABASE ${inHeredoc(sqlIdent(DATABASE))} ${owner}TO ${inHeredoc(sqlIdent(ROLE))}`,
    );
  await writeFile(path, text);
}

const running = async (job: string): Promise<string> => {
  const allocs = await world.nomad<{ ID: string; ClientStatus: string }[]>(`/v1/job/${job}/allocations`);
  return allocs.find(({ ClientStatus }) => ClientStatus === 'running')?.ID ?? '';
};

fault(
  17,
  'a database and a role whose names hold every quote, `$(…)`, `{{…}}`, `a=b`, a leading dash: migrate',
  async () => {
    expect(Buffer.byteLength(DATABASE)).toBe(63);
    expectOk(await world.move('migrate', '--no-rehearse'));
    const { database } = await world.stats();
    expect(database).toBe(DATABASE);
    await expectNothingLost(world);
    return 'moved, no row lost; every layer gave the names back byte for byte';
  },
);

fault(14, 'the newest version of the secret is deleted after the move: rollback, finalize', async () => {
  await vault.remove('postgres/speedtest');
  const versions = await vault.versions('postgres/speedtest');
  expectRefused(await world.move('rollback'), 3, 'VAULT_SECRET_MISSING');
  const final = await world.move('finalize');
  expectRefused(final, 3, 'DROP_GATE');
  expect(final.json.error?.details.join('\n')).toContain('VAULT_SECRET_MISSING');
  expect(await vault.versions('postgres/speedtest')).toEqual(versions);
  await expectNothingLost(world);
  await vault.undelete('postgres/speedtest', versions.at(-1) ?? 0);
  return 'exit 3 each time, before anything was closed; the app goes on writing, Vault has no new version';
});

fault(14, 'the whole secret is gone and nobody knows the password any more: rollback, then as it says', async () => {
  await vault.destroy('postgres/speedtest');
  const refused = await world.move('rollback');
  expectRefused(refused, 3, 'VAULT_SECRET_MISSING');
  expect(refused.json.error?.details.join('\n')).toContain('nomad job restart -on-error=fail -reschedule speedtest');
  expect(await vault.versions('postgres/speedtest')).toEqual([]);
  await vault.write('postgres/speedtest', { password: OTHER });
  expectRefused(await world.move('rollback'), 3, 'SECRET_MISMATCH');
  // What the named command does to the allocation: only a new one reads the secret anew.
  await world.nomad(`/v1/allocation/${await running('speedtest')}/stop`, { method: 'PUT' });
  await expect.poll(() => world.stats().then(({ database }) => database), { timeout: 90_000 }).toBe(DATABASE);
  await world.untilWriting();
  return 'exit 3, no new password made; a new one in Vault and a new allocation: db-init sets it over the socket, no row lost';
});

fault(14, 'the password was changed in between, and the way back is taken', async () => {
  const { serverPort } = await world.stats();
  const back = await world.move('rollback');
  expectOk(back);
  expect(back.json.notes.join(' ')).toContain('the password was changed since the move');
  const now = await world.stats();
  expect([now.database, now.serverPort === serverPort]).toEqual([DATABASE, false]);
  await expectNothingLost(world);
  return 'the role of the shared instance got the new password with the switch; the app writes there, no row lost';
});

fault(14, 'the secret is gone before a move', async () => {
  await vault.destroy('postgres/speedtest');
  const run = await world.move('migrate', '--no-rehearse');
  expectRefused(run, 3, 'PREFLIGHT_FAILED');
  expect(JSON.stringify(run.json.error)).toContain('VAULT_SECRET_MISSING');
  expect(await vault.versions('postgres/speedtest')).toEqual([]);
  await world.untilWriting();
  await vault.write('postgres/speedtest', { password: OTHER });
  return 'exit 3 in preflight; no new password, the app goes on writing';
});

fault(14, 'the secret of a provisioned database is gone: provision again', async () => {
  const provision = (): Promise<Run> =>
    world.dbctl('provision', 'notes', '--app', 'miniflux', '--yes', '--confirm', 'notes', '--json');
  expectOk(await provision());
  await vault.remove('postgres/notes');
  expectRefused(await provision(), 3, 'VAULT_SECRET_MISSING');
  await vault.destroy('postgres/notes');
  expectRefused(await provision(), 3, 'VAULT_SECRET_MISSING');
  expect(await vault.versions('postgres/notes')).toEqual([]);
  return 'exit 3, deleted or destroyed; never a new password over the volume that is there';
});

fault(17, 'the same names: moved again and finalized', async () => {
  expectOk(await world.move('migrate', '--no-rehearse'));
  await new Promise((resolve) => setTimeout(resolve, 3500));
  expectOk(await world.move('finalize'));
  const left = await sharedServer(world, (client) =>
    client.query<{ name: string }>('select datname as name from pg_database union all select rolname from pg_roles'),
  );
  const ours = left.rows.filter(({ name }) => name === ROLE || name.startsWith(DATABASE.slice(0, 20)));
  expect(ours).toEqual([]);
  await expectNothingLost(world);
  return 'the old copies and the role are gone, no row lost';
});

const HOSTILE = [
  ...["a'b", 'a"b', 'a\\b', 'a\nb', '$(x)', '`x`', '${x}', '%{if}', '{{x}}', '..', 'a/b', '-x', 'a b', 'a=b'],
  ...['postgres://u@h/d', 'раypal', 'x'.repeat(64), '\u202ex', '\u001b[31mx', '\u009bx', ''],
];

fault(17, `${HOSTILE.length} hostile names of a service in the inventory`, async () => {
  const path = join(world.state, 'dbctl.yaml');
  const text = await readFile(join(world.lab.home, 'dbctl.yaml'), 'utf8');
  const lines = HOSTILE.map((name) => `  ${JSON.stringify(name)}: { priority: low, app: libpq, jobspec: x.hcl }`);
  await writeFile(path, `${text}\n${lines.join('\n')}\n`);
  const run = await world.dbctl('plan', '--json', '--config', path);
  expect(run.code, explain(run)).toBe(64);
  expect(run.json.error?.code).toBe('INVENTORY_INVALID');
  expect(run.json.error?.details.length).toBeGreaterThanOrEqual(HOSTILE.length);
  // A terminal must get nothing that it obeys from a name.
  expect(`${run.stdout}${run.stderr}`).not.toMatch(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u);
  return 'exit 64, each is named, before anything was asked; what a terminal would obey is shown as \\u…';
});
