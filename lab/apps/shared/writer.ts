import { randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import type { AppDatabase, AppSpec } from './app-spec.js';

/** Outside the database, so that a lost or doubled row shows: one JSON line before and one after each write. */
export interface LedgerLine {
  readonly kind: 'intent' | 'ack' | 'error';
  readonly token: string;
  readonly ts: string;
  readonly error?: string;
}

export interface Counts {
  attempted: number;
  acknowledged: number;
  failed: number;
  lastError: string | null;
}

/** The error's own text may quote the host and the role, never the password. */
export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Writer {
  readonly counts: Counts = { attempted: 0, acknowledged: 0, failed: 0, lastError: null };
  readonly #ledger: number;

  constructor(private readonly spec: AppSpec) {
    this.#ledger = openSync(spec.ledger, 'a', 0o644);
  }

  /**
   * One attempt under a new token, in the app's databases by turns. A failed one is counted and never tried again: its
   * outcome may be unknown.
   */
  async writeOnce(): Promise<boolean> {
    const token = randomUUID();
    this.counts.attempted += 1;
    this.#note({ kind: 'intent', token, ts: new Date().toISOString() });
    try {
      await this.#insert(token, this.counts.attempted);
      this.#note({ kind: 'ack', token, ts: new Date().toISOString() });
      this.counts.acknowledged += 1;
      return true;
    } catch (error) {
      this.counts.failed += 1;
      this.counts.lastError = textOf(error);
      this.#note({ kind: 'error', token, ts: new Date().toISOString(), error: textOf(error) });
      return false;
    }
  }

  /** Resolves only after the server has committed. A statement that made no row is a failure. */
  async #insert(token: string, number: number): Promise<void> {
    const { databases } = this.spec;
    const database: AppDatabase = databases[number % databases.length] ?? databases[0];
    await database.access(async (client) => {
      const { rowCount } = await client.query(database.insert, [...database.values(token, number)]);
      if (rowCount !== 1) throw new TypeError(`${rowCount} rows were written`);
    });
  }

  #note(line: LedgerLine): void {
    writeSync(this.#ledger, `${JSON.stringify(line)}\n`);
  }
}
