import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { perRequest } from '../shared/access.js';
import type { AppDatabase, AppSpec } from '../shared/app-spec.js';
import { schemaOnce } from '../shared/own-schema.js';
import { clientConfig, hostPort } from '../shared/settings.js';
import { configText, readConfig, readDatabase, writeConfig } from './config-php.js';
import { options } from './options.js';

const { env } = process;
const dataPath = env['DATA_PATH'] ?? '/data';
const configPath = `${dataPath}/config.php`;

/** The settings of the very first start. A file that is there wins, whatever the environment says. */
export function installOnce(): void {
  if (existsSync(configPath)) return;
  const given = options((env['FRESHRSS_INSTALL'] ?? '').split(/\s+/).filter(Boolean));
  const db = {
    host: given['db-host'] ?? '',
    user: given['db-user'] ?? '',
    password: given['db-password'] ?? '',
    base: given['db-base'] ?? '',
  };
  writeConfig(configPath, configText(db, randomBytes(20).toString('hex')));
}

export async function untilInstalled(): Promise<void> {
  while (!existsSync(configPath)) await sleep(100);
}

const TITLES = ['Vreme za vikend', 'Погода на выходные', 'Ο καιρός', '週末の天気', 'حالة الطقس', 'Weekend ☀️'];

const ENTRIES: Omit<AppDatabase, 'access'> = {
  prepare: schemaOnce('schema.sql', 'admin_entry'),
  // The id comes from the microsecond clock, as the app's do; two tasks write.
  insert: `INSERT INTO admin_entry (id, guid, title, link, date, hash, is_read, id_feed, attributes)
           VALUES ((extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 100 + $4, gen_random_uuid()::text, $2,
                   'https://live.example/' || $3::int, extract(epoch FROM now())::bigint, decode(md5($1), 'hex'), 0, NULL,
                   jsonb_build_object('token', $1::text))`,
  values: (token, number) => [token, TITLES[number % TITLES.length], number, process.pid % 100],
  tokens: `SELECT attributes ->> 'token' AS token FROM admin_entry WHERE attributes ? 'token' ORDER BY id`,
  content: `SELECT count(*)::int AS rows, md5(string_agg(md5(e::text), '' ORDER BY id)) AS digest
            FROM admin_entry AS e WHERE attributes IS NULL OR NOT attributes ? 'token'`,
};

/** Either task's half of the app, on the database that config.php names now. */
export function feeds(task: string, everyMs: number): AppSpec {
  const { host, user, password, base } = readDatabase(readConfig(configPath));
  const config = clientConfig(task, hostPort(host), { database: base, user, password });
  return {
    databases: [{ ...ENTRIES, access: perRequest(config) }],
    ledger: `${dataPath}/ledger-${task}.jsonl`,
    everyMs,
    patience: { tries: Number.POSITIVE_INFINITY, everyMs: 500 },
  };
}
