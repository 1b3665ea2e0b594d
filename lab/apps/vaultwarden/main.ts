import { pooled } from '../shared/access.js';
import { schemaOnce } from '../shared/own-schema.js';
import { runApp } from '../shared/run-app.js';
import { clientConfig, httpOf, need } from '../shared/settings.js';

const { env } = process;

/** One URL says everything; user and password in it are percent-encoded. */
const url = new URL(need(env, 'DATABASE_URL'));
const address = { host: url.hostname, port: Number(url.port || 5432) };
const login = {
  database: decodeURIComponent(url.pathname.slice(1)),
  user: decodeURIComponent(url.username),
  password: decodeURIComponent(url.password),
};

const SECRETS = ['лозинка од рутера', 'Κωδικός τράπεζας', '自宅のWi-Fi', 'Knjižnica 📚'];

runApp({
  databases: [
    {
      access: pooled(clientConfig('vaultwarden', address, login)),
      prepare: schemaOnce('schema.sql', '__diesel_schema_migrations'),
      insert: `WITH owner AS (
                 INSERT INTO users (uuid, created_at, updated_at, email, name, password_hash, salt, akey, security_stamp)
                 VALUES ('00000000-0000-4000-8000-000000000001', now(), now(), 'lab@vault.example', 'Lab', '', '', '', '')
                 ON CONFLICT (uuid) DO UPDATE SET updated_at = now() RETURNING uuid)
               INSERT INTO ciphers (uuid, created_at, updated_at, user_uuid, atype, name, data, key)
               SELECT gen_random_uuid()::text, now(), now(), uuid, 1, $2, jsonb_build_object('kind', 'live', 'n', $3::int), $1 FROM owner`,
      values: (token, number) => [token, SECRETS[number % SECRETS.length], number],
      tokens: 'SELECT key AS token FROM ciphers WHERE key IS NOT NULL ORDER BY created_at',
      content: `SELECT count(*)::int AS rows, md5(string_agg(md5(c::text), '' ORDER BY uuid)) AS digest
                FROM ciphers AS c WHERE key IS NULL`,
    },
  ],
  ledger: `${env['DATA_FOLDER'] ?? 'data'}/ledger.jsonl`,
  everyMs: 250,
  http: httpOf(env),
  patience: { tries: Number(env['DB_CONNECTION_RETRIES'] ?? 15), everyMs: 1000 },
});
