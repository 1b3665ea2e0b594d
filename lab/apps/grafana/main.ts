import { pooled } from '../shared/access.js';
import { schemaOnce } from '../shared/own-schema.js';
import { runApp } from '../shared/run-app.js';
import { clientConfig, hostPort, httpOf, need } from '../shared/settings.js';

const { env } = process;
if (env['GF_DATABASE_TYPE'] !== 'postgres') throw new TypeError('only GF_DATABASE_TYPE=postgres is known here');

const login = {
  database: need(env, 'GF_DATABASE_NAME'),
  user: need(env, 'GF_DATABASE_USER'),
  password: need(env, 'GF_DATABASE_PASSWORD'),
};

runApp({
  databases: [
    {
      access: pooled(clientConfig('grafana', hostPort(need(env, 'GF_DATABASE_HOST')), login)),
      prepare: schemaOnce('schema.sql', 'migration_log'),
      insert: `INSERT INTO annotation (org_id, text, tags, epoch, epoch_end)
               VALUES (1, $1, 'live', (extract(epoch FROM clock_timestamp()) * 1000)::bigint, $2)`,
      values: (token, number) => [token, number % 3 === 0 ? 4_000_000_000_000 : 0],
      tokens: `SELECT text AS token FROM annotation WHERE tags = 'live' ORDER BY id`,
      content: `SELECT count(*)::int AS rows, md5(string_agg(md5(d::text), '' ORDER BY id)) AS digest FROM dashboard AS d`,
    },
  ],
  ledger: `${env['GF_PATHS_DATA'] ?? '.'}/ledger.jsonl`,
  everyMs: 300,
  http: httpOf(env),
  patience: { tries: 1, everyMs: 0 },
});
