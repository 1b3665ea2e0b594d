import pg from 'pg';
import type { Secret } from '../../src/shared/secret.js';

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly password: Secret;
}

const TABLES = `SELECT relname AS name FROM pg_class
  WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname COLLATE "C"`;

/** Rows of every table of Gitea, counted as its own role and by nothing of dbctl. */
export async function rowsPerTable({ host, port, password }: DatabaseAddress): Promise<Map<string, number>> {
  const client = new pg.Client({ host, port, user: 'forge', database: 'forge', password: password.reveal() });
  await client.connect();
  try {
    const counts = new Map<string, number>();
    for (const { name } of (await client.query<{ name: string }>(TABLES)).rows) {
      const answer = await client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${pg.escapeIdentifier(name)}`);
      counts.set(name, Number(answer.rows[0]?.rows));
    }
    return counts;
  } finally {
    await client.end();
  }
}
