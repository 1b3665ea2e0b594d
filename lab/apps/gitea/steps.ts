import type { OwnMigration } from '../shared/own-schema.js';

/** What this version of the app changes in a database of the version before. */
export const STEPS: readonly OwnMigration[] = [
  {
    to: 306,
    sql: `CREATE TABLE action (
            id bigserial PRIMARY KEY, op_type integer NOT NULL, content text, patch bytea, created_unix bigint);
          CREATE INDEX "IDX_action_created" ON action (created_unix DESC)`,
  },
  { to: 307, sql: 'ALTER TABLE issue ADD COLUMN IF NOT EXISTS time_estimate bigint NOT NULL DEFAULT 0' },
];
