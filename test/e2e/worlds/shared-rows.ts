import { appendFile, chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { volumeFolder } from '../data-volume.js';
import type { Kit } from './kit.js';
import { asks, piece, type WorldRow } from './world-row.js';

/** A line of pg_hba.conf that nobody else has. */
const LINE = 'host all nobody 127.0.0.9/32 trust';
const SESSIONS = 94;

const dataFolder = async (kit: Kit): Promise<string> =>
  join(await volumeFolder(kit.world, 'postgresql_data'), 'pgdata');
const hba = async (kit: Kit): Promise<string> => join(await dataFolder(kit), 'pg_hba.conf');

async function editHba(kit: Kit, change: (text: string) => string): Promise<void> {
  const path = await hba(kit);
  await writeFile(path, change(await readFile(path, 'utf8')));
}

/** To its owner and mode of before. */
async function ownFolder(kit: Kit): Promise<void> {
  const folder = await dataFolder(kit);
  const { uid, gid } = await stat(join(folder, 'PG_VERSION'));
  await chown(folder, uid, gid);
  await chmod(folder, 0o700);
}

export const SERVER_ROWS: readonly WorldRow[] = [
  {
    id: 'role-missing',
    broken: 'the role of the app may not log in',
    says: /role speedtest may not log in/,
    by: 'its SQL',
    breakIt: (kit) => kit.sql('alter role speedtest nologin'),
    mend: (kit, { fix }) => kit.sql(piece(fix, /^(alter role "speedtest" login);/)),
    putBack: (kit) => kit.sql('alter role speedtest login'),
  },
  {
    id: 'role-superuser',
    broken: 'the role of the app is a superuser',
    says: /role speedtest of job postgresql is a superuser/,
    by: 'its SQL',
    breakIt: (kit) => kit.sql('alter role speedtest superuser'),
    mend: (kit, { fix }) => kit.sql(piece(fix, /: (alter role "speedtest" nosuperuser)$/)),
    putBack: (kit) => kit.sql('alter role speedtest nosuperuser'),
  },
  {
    id: 'role-expired',
    broken: 'the role of the app was valid until last year',
    says: /was valid until 2025/,
    by: 'its SQL',
    breakIt: (kit) => kit.sql("alter role speedtest valid until '2025-06-01'"),
    mend: (kit, { fix }) => kit.sql(piece(fix, /^(alter role "speedtest" valid until 'infinity')$/)),
    putBack: (kit) => kit.sql("alter role speedtest valid until 'infinity'"),
  },
  {
    id: 'database-closed',
    broken: 'the database of the app has CONNECTION LIMIT 0',
    says: /speedtest has CONNECTION LIMIT 0/,
    by: 'its SQL',
    breakIt: (kit) => kit.sql('alter database speedtest connection limit 0'),
    mend: (kit, { fix }) => kit.sql(piece(fix, /^(alter database "speedtest" connection limit -1);/)),
    putBack: (kit) => kit.sql('alter database speedtest connection limit -1'),
  },
  {
    id: 'connections-free',
    broken: 'sleeping sessions hold nearly all connections',
    says: /of 100 connections are used/,
    by: 'by hand',
    breakIt: (kit) => Promise.all(Array.from({ length: SESSIONS }, () => kit.session('postgres'))),
    mend: async (kit, { fix }) => {
      asks(fix, /smaller pools/);
      const who = piece(fix, /who has them: (select .*)$/);
      await kit.release();
      await kit.sql(who);
    },
  },
  {
    id: 'password-asked',
    broken: 'a line of pg_hba.conf says trust',
    says: /127\.0\.0\.9/,
    by: 'by hand',
    breakIt: async (kit) => {
      await appendFile(await hba(kit), `${LINE}\n`);
      await kit.sql('select pg_reload_conf()');
    },
    mend: async (kit, { fix }) => {
      asks(fix, /write scram-sha-256 in place of trust/);
      await editHba(kit, (text) => text.replace(LINE, LINE.replace('trust', 'scram-sha-256')));
      await kit.sql(piece(fix, /then: (select pg_reload_conf\(\))/));
    },
    putBack: async (kit) => {
      await editHba(kit, (text) => text.replace(/^.*127\.0\.0\.9.*\n/gm, ''));
      await kit.sql('select pg_reload_conf()');
    },
  },
  {
    id: 'settings-safe',
    broken: 'fsync was switched off',
    says: /fsync is off/,
    by: 'its SQL',
    breakIt: (kit) => kit.sql('alter system set fsync = off; select pg_reload_conf()'),
    mend: (kit, { fix }) => kit.sql(piece(fix, /^(alter system reset fsync; select pg_reload_conf\(\));/)),
    putBack: (kit) => kit.sql('alter system reset fsync; select pg_reload_conf()'),
  },
  {
    id: 'settings-pending',
    broken: 'a setting was changed that only a restart brings into force',
    says: /max_locks_per_transaction changed and not in force/,
    by: 'its SQL',
    breakIt: (kit) => kit.sql('alter system set max_locks_per_transaction = 128; select pg_reload_conf()'),
    mend: (kit, { fix }) => kit.sql(piece(fix, /take it back: (.*)$/)),
    putBack: (kit) => kit.sql('alter system set max_locks_per_transaction = 64; select pg_reload_conf()'),
  },
  {
    id: 'data-mode',
    broken: 'everybody may read the data folder',
    says: /has mode 755/,
    by: 'its command',
    breakIt: async (kit) => chmod(await dataFolder(kit), 0o755),
    mend: (kit, { fix }) => kit.shell(piece(fix, /^(nomad alloc exec .* chmod 0700 \S+)$/)),
    putBack: ownFolder,
  },
  {
    id: 'data-owner',
    broken: 'the data folder was given to root',
    says: /belongs to 0, the server is \d+/,
    by: 'by hand',
    breakIt: async (kit) => {
      const folder = await dataFolder(kit);
      await chown(folder, 0, 0);
      await chmod(folder, 0o755);
    },
    mend: async (kit, { fix }) => {
      const owner = piece(fix, /(chown -R \d+:\d+) <the volume>/);
      await kit.shell(`${owner} '${await volumeFolder(kit.world, 'postgresql_data')}'`);
      await chmod(await dataFolder(kit), 0o700);
    },
    putBack: ownFolder,
  },
];
