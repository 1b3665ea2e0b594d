import pg from 'pg';
import { MIGRATIONS } from './schema.js';

/** A new connection per request, as PHP apps have it. */
export async function withClient<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  // A server that goes away raises this beside the rejected query; without a listener it would end the app.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function migrateOne(client: pg.Client, name: string, sql: string): Promise<void> {
  await client.query('BEGIN');
  await client.query(sql);
  await client.query('INSERT INTO migrations (migration, batch) VALUES ($1, 1)', [name]);
  await client.query('COMMIT');
}

/** Repeatable: only what the migrations table lacks is run. */
export async function migrate(config: pg.ClientConfig): Promise<void> {
  await withClient(config, async (client) => {
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (id serial PRIMARY KEY, migration varchar(255) NOT NULL, batch integer NOT NULL)',
    );
    const done = await client.query<{ migration: string }>('SELECT migration FROM migrations');
    const names = new Set(done.rows.map((row) => row.migration));
    for (const [name, sql] of MIGRATIONS) if (!names.has(name)) await migrateOne(client, name, sql);
  });
}

const WORDS = ['Ljubljana – Šiška', 'Москва, МТС', 'Αθήνα · Cosmote', '東京・さくら', 'تل أبيب / القاهرة', 'Zürich 🚀'];

/** One result row; resolves only after the server has committed it. */
export async function insertResult(config: pg.ClientConfig, token: string, number: number): Promise<void> {
  const data = {
    server: WORDS[number % WORDS.length],
    isp: 'home',
    jitter: (number % 97) / 10,
    packetLoss: number % 3,
  };
  await withClient(config, (client) =>
    client.query(
      `INSERT INTO results (ping, download, upload, data, scheduled, healthy, token, comments)
       VALUES ($1, $2, $3, $4, true, true, $5, $6)`,
      [
        5 + (number % 400) / 10,
        9e7 + number,
        2e7 + number,
        data,
        token,
        number % 10 === 0 ? WORDS[(number / 10) % WORDS.length] : null,
      ],
    ),
  );
}

export interface ServerFacts {
  /** Rows of the writing loop; the seeded history is not counted. */
  readonly results: number;
  readonly database: string;
  readonly serverAddress: string | null;
  readonly serverPort: number | null;
  readonly systemIdentifier: string;
}

export async function serverFacts(config: pg.ClientConfig): Promise<ServerFacts> {
  return withClient(config, async (client) => {
    const answer = await client.query<ServerFacts>(
      `SELECT (SELECT count(*)::int FROM results WHERE token IS NOT NULL) AS results, current_database() AS database,
              host(inet_server_addr()) AS "serverAddress", inet_server_port() AS "serverPort",
              (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier"`,
    );
    const row = answer.rows[0];
    if (row === undefined) throw new TypeError('the server answered without a row');
    return row;
  });
}

/** Every token that a row carries, doubles included, in the order of the rows. */
export async function allTokens(config: pg.ClientConfig): Promise<string[]> {
  return withClient(config, async (client) => {
    const answer = await client.query<{ token: string }>({
      text: 'SELECT token FROM results WHERE token IS NOT NULL ORDER BY id',
      query_timeout: 60_000,
    } as pg.QueryConfig);
    return answer.rows.map((row) => row.token);
  });
}
