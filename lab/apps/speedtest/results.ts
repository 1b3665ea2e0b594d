import type { ClientBase } from 'pg';
import type { AppDatabase } from '../shared/app-spec.js';
import { MIGRATIONS } from './schema.js';

async function migrateOne(client: ClientBase, name: string, sql: string): Promise<void> {
  await client.query('BEGIN');
  await client.query(sql);
  await client.query('INSERT INTO migrations (migration, batch) VALUES ($1, 1)', [name]);
  await client.query('COMMIT');
}

/** Repeatable: only what the migrations table lacks is run. */
async function migrate(client: ClientBase): Promise<void> {
  await client.query(
    'CREATE TABLE IF NOT EXISTS migrations (id serial PRIMARY KEY, migration varchar(255) NOT NULL, batch integer NOT NULL)',
  );
  const done = await client.query<{ migration: string }>('SELECT migration FROM migrations');
  const names = new Set(done.rows.map((row) => row.migration));
  for (const [name, sql] of MIGRATIONS) if (!names.has(name)) await migrateOne(client, name, sql);
}

const WORDS = ['Ljubljana – Šiška', 'Москва, МТС', 'Αθήνα · Cosmote', '東京・さくら', 'تل أبيب / القاهرة', 'Zürich 🚀'];

const measured = (number: number): Record<string, unknown> => ({
  server: WORDS[number % WORDS.length],
  isp: 'home',
  jitter: (number % 97) / 10,
  packetLoss: number % 3,
});

export const RESULTS: Omit<AppDatabase, 'access'> = {
  prepare: migrate,
  insert: `INSERT INTO results (ping, download, upload, data, scheduled, healthy, token, comments)
           VALUES ($1, $2, $3, $4, true, true, $5, $6)`,
  values: (token, number) => [
    5 + (number % 400) / 10,
    9e7 + number,
    2e7 + number,
    measured(number),
    token,
    number % 10 === 0 ? WORDS[(number / 10) % WORDS.length] : null,
  ],
  tokens: 'SELECT token FROM results WHERE token IS NOT NULL ORDER BY id',
  content: `SELECT count(*)::int AS rows, md5(string_agg(md5(r::text), '' ORDER BY id)) AS digest
            FROM results AS r WHERE token IS NULL`,
};
