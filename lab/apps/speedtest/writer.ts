import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { ClientConfig } from 'pg';
import { insertResult } from './database.js';

/** Outside the database, so that a lost or doubled row shows: one JSON line before and one after each write. */
export interface LedgerLine {
  readonly kind: 'intent' | 'ack' | 'error';
  readonly token: string;
  readonly ts: string;
  readonly error?: string;
}

export class Ledger {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'a', 0o644);
  }

  add(line: LedgerLine): void {
    writeSync(this.#fd, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

export interface Counts {
  attempted: number;
  acknowledged: number;
  failed: number;
  lastError: string | null;
}

/** The error's own text may quote the host and the role, never the password. */
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Writer {
  readonly counts: Counts = { attempted: 0, acknowledged: 0, failed: 0, lastError: null };

  constructor(
    private readonly db: ClientConfig,
    private readonly ledger: Ledger,
  ) {}

  /** One attempt under a new token. A failed one is counted and never tried again: its outcome may be unknown. */
  async writeOnce(): Promise<boolean> {
    const token = randomUUID();
    this.counts.attempted += 1;
    this.ledger.add({ kind: 'intent', token, ts: new Date().toISOString() });
    try {
      await insertResult(this.db, token, this.counts.attempted);
      this.ledger.add({ kind: 'ack', token, ts: new Date().toISOString() });
      this.counts.acknowledged += 1;
      return true;
    } catch (error) {
      this.counts.failed += 1;
      this.counts.lastError = textOf(error);
      this.ledger.add({ kind: 'error', token, ts: new Date().toISOString(), error: textOf(error) });
      return false;
    }
  }
}
