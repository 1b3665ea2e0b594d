import { pooled } from '../shared/access.js';
import type { AppDatabase } from '../shared/app-spec.js';
import { schemaOnce } from '../shared/own-schema.js';
import { runApp } from '../shared/run-app.js';
import { clientConfig, httpOf, need } from '../shared/settings.js';

const { env } = process;
const setting = (name: string): string => need(env, `PROWLARR__POSTGRES__${name}`);
const address = { host: setting('HOST'), port: Number(setting('PORT')) };

const accessTo = (name: string): AppDatabase['access'] =>
  pooled(
    clientConfig('prowlarr', address, {
      database: setting(name),
      user: setting('USER'),
      password: setting('PASSWORD'),
    }),
  );

const TITLES = ['Мастер и Маргарита', 'Οδύσσεια', '雪国', 'Deseti brat 🎻'];

const main: AppDatabase = {
  access: accessTo('MAINDB'),
  prepare: schemaOnce('main.schema.sql', '"VersionInfo"'),
  insert: `INSERT INTO "History" ("IndexerId", "Date", "Data", "EventType", "DownloadId", "Successful")
           VALUES (1, now(), $2, 1, $1, true)`,
  values: (token, number) => [token, JSON.stringify({ query: TITLES[number % TITLES.length], elapsed: number % 900 })],
  tokens: 'SELECT "DownloadId" AS token FROM "History" WHERE "DownloadId" IS NOT NULL ORDER BY "Id"',
  content: `SELECT count(*)::int AS rows, md5(string_agg(md5(h::text), '' ORDER BY "Id")) AS digest
            FROM "History" AS h WHERE "DownloadId" IS NULL`,
};

const log: AppDatabase = {
  access: accessTo('LOGDB'),
  prepare: schemaOnce('log.schema.sql', '"VersionInfo"'),
  insert: `INSERT INTO "Logs" ("Message", "Time", "Logger", "Level") VALUES ($1, now(), 'Live', $2)`,
  values: (token, number) => [token, number % 5 === 0 ? 'Warn' : 'Info'],
  tokens: `SELECT "Message" AS token FROM "Logs" WHERE "Logger" = 'Live' ORDER BY "Id"`,
  content: `SELECT count(*)::int AS rows, md5(string_agg(md5(l::text), '' ORDER BY "Id")) AS digest
            FROM "Logs" AS l WHERE "Logger" <> 'Live'`,
};

runApp({
  databases: [main, log],
  ledger: `${env['CONFIG'] ?? '/config'}/ledger.jsonl`,
  everyMs: 250,
  http: httpOf(env),
  patience: { tries: 5, everyMs: 1000 },
});
