import type { ClientBase } from 'pg';
import { pooled } from '../shared/access.js';
import { migrateByNumber, schemaOnce } from '../shared/own-schema.js';
import { runApp } from '../shared/run-app.js';
import { clientConfig, hostPort, httpOf, need } from '../shared/settings.js';
import { STEPS } from './steps.js';

const { env } = process;
const login = {
  database: need(env, 'GITEA__database__NAME'),
  user: need(env, 'GITEA__database__USER'),
  password: need(env, 'GITEA__database__PASSWD'),
};

const firstSchema = schemaOnce('schema.sql', 'version');
const later = migrateByNumber(STEPS);

async function prepare(client: ClientBase): Promise<void> {
  await firstSchema(client);
  await later(client);
}

runApp({
  databases: [
    {
      access: pooled(clientConfig('gitea', hostPort(need(env, 'GITEA__database__HOST')), login)),
      prepare,
      insert: `INSERT INTO action (op_type, content, patch, created_unix)
               VALUES ($2, $1, decode(md5($1) || '00ff', 'hex'), extract(epoch FROM now())::bigint)`,
      values: (token, number) => [token, 1 + (number % 27)],
      tokens: 'SELECT content AS token FROM action ORDER BY id',
      content: `SELECT count(*)::int AS rows, md5(string_agg(md5(i::text), '' ORDER BY id)) AS digest FROM issue AS i`,
    },
  ],
  ledger: `${env['GITEA_WORK_DIR'] ?? '.'}/ledger.jsonl`,
  everyMs: 250,
  http: httpOf(env),
  patience: { tries: 10, everyMs: 3000 },
});
