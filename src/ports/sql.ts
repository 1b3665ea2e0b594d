import type { Secret } from '../shared/secret.js';

/** A PostgreSQL server as reached by psql inside a task: no port of it needs to be reachable from here. */
export interface SqlTarget {
  readonly allocId: string;
  readonly task: string;
  /** Taken literally through PGDATABASE. */
  readonly database: string;
  /**
   * Socket directory as the task sees it, or host name. Default: the server's own socket, looked for in
   * `${NOMAD_ALLOC_DIR}/pg`, /var/run/postgresql and /tmp (never leave it out where another server may have one there). A leading `${NOMAD_ALLOC_DIR}`
   * is replaced by the task's own value, which differs by driver.
   */
  readonly host?: string;
  readonly port?: number;
  /** Role to log in as; default `postgres`. */
  readonly user?: string;
  /** Sent over stdin into a 0600 PGPASSFILE in the task's secrets directory; removed afterwards. */
  readonly password?: Secret;
}

/** One statement per row set: each row comes back as the JSON object that the statement selected. */
export interface SqlPort {
  /**
   * Runs a psql script with ON_ERROR_STOP. Every output line must be one JSON value (`select row_to_json(...)`).
   * Throws SQL_FAILED with SQLSTATE, DATABASE_UNAVAILABLE, EXEC_UNKNOWN.
   */
  run(target: SqlTarget, script: string, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<unknown[]>;
}
