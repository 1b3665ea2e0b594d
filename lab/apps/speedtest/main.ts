import { perRequest } from '../shared/access.js';
import { runApp } from '../shared/run-app.js';
import { clientConfig, httpOf, need } from '../shared/settings.js';
import { RESULTS } from './results.js';

const { env } = process;
const address = { host: env['DB_HOST'] ?? '', port: Number(env['DB_PORT'] ?? 5432) };
const login = {
  database: need(env, 'DB_DATABASE'),
  user: need(env, 'DB_USERNAME'),
  password: need(env, 'DB_PASSWORD'),
};

runApp({
  databases: [{ ...RESULTS, access: perRequest(clientConfig('speedtest', address, login)) }],
  ledger: `${env['CONFIG'] ?? '.'}/ledger.jsonl`,
  everyMs: Number(env['WRITE_EVERY_MS'] ?? 100),
  http: httpOf(env),
  patience: { tries: Number.POSITIVE_INFINITY, everyMs: 200 },
});
