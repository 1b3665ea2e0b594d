import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClientBase } from 'pg';

/** Beside the program, where the app's "image" keeps its schema. */
const textBeside = (file: string): string => readFileSync(join(dirname(process.argv[1] ?? '.'), file), 'utf8');

/** Tasks of one app that start together take turns. */
async function inTurn(client: ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  await client.query("SELECT pg_advisory_xact_lock(hashtext('own schema'))");
  await work();
  await client.query('COMMIT');
}

/** Runs the schema file unless the table that the app knows itself by is there. Repeatable. */
export const schemaOnce =
  (file: string, knownBy: string) =>
  (client: ClientBase): Promise<void> =>
    inTurn(client, async () => {
      const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [knownBy]);
      if (rows[0]?.there !== true) await client.query(textBeside(file));
    });

export interface OwnMigration {
  /** Version that the database has afterwards. */
  readonly to: number;
  readonly sql: string;
}

/** Steps above the number in `version.version`, as forges number them. Repeatable. */
export const migrateByNumber =
  (steps: readonly OwnMigration[]) =>
  (client: ClientBase): Promise<void> =>
    inTurn(client, async () => {
      const { rows } = await client.query<{ version: string }>('SELECT version FROM version FOR UPDATE');
      const from = Number(rows[0]?.version);
      for (const { to, sql } of steps.filter((step) => step.to > from)) {
        await client.query(sql);
        await client.query('UPDATE version SET version = $1', [to]);
      }
    });
