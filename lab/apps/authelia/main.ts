import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { pooled } from '../shared/access.js';
import { schemaOnce } from '../shared/own-schema.js';
import { runApp } from '../shared/run-app.js';
import { clientConfig, httpOf, need } from '../shared/settings.js';

interface Configuration {
  readonly storage: {
    readonly postgres: { address: string; database: string; username: string; password: string };
  };
}

const { env } = process;

/** The one file of settings, read once at start; env says nothing about the database. */
const { storage } = parse(readFileSync(need(env, 'X_AUTHELIA_CONFIG'), 'utf8')) as Configuration;
const { address, database, username, password } = storage.postgres;
const url = new URL(address);

runApp({
  databases: [
    {
      access: pooled(
        clientConfig(
          'authelia',
          { host: url.hostname, port: Number(url.port || 5432) },
          { database, user: username, password },
        ),
      ),
      prepare: schemaOnce('schema.sql', 'migrations'),
      insert: `INSERT INTO authentication_logs (successful, username, auth_type, remote_ip, request_uri, request_method)
               VALUES ($2, $3, 'Passkey', $4, $1, 'POST')`,
      values: (token, number) => [
        token,
        number % 7 !== 0,
        number % 2 === 0 ? 'ελένη' : '健',
        `192.0.2.${number % 250}`,
      ],
      tokens: `SELECT request_uri AS token FROM authentication_logs WHERE auth_type = 'Passkey' ORDER BY id`,
      content: `SELECT count(*)::int AS rows, md5(string_agg(md5(l::text), '' ORDER BY id)) AS digest
                FROM authentication_logs AS l WHERE auth_type <> 'Passkey'`,
    },
  ],
  ledger: `${env['CONFIG_DIR'] ?? '/config'}/ledger.jsonl`,
  everyMs: 300,
  http: httpOf(env, 'web'),
  patience: { tries: 3, everyMs: 1000 },
});
