import type { BackedUpDatabase, BackupKind, OffsiteReceipt } from './backup-catalog.js';
import type { ReportedError } from './migrate-report.js';

/** One set that a run made. Bytes of the dump's files, rows as counted inside the dump's own snapshot. */
export interface MadeSet {
  readonly id: string;
  readonly kind: BackupKind;
  readonly started: string;
  readonly finished: string;
  readonly databases: readonly Pick<BackedUpDatabase, 'database' | 'tables' | 'rows' | 'bytes' | 'sizeBytes'>[];
  readonly files: number;
  readonly bytes: number;
  /** Of the set's manifest.json, which holds the SHA-256 of every other file. */
  readonly manifestSha256: string;
  readonly pinned: boolean;
  readonly receipts: readonly OffsiteReceipt[];
}

/** The end of `dbctl backup`. On the shared instance every database gets a set of its own. */
export interface BackupReport {
  readonly schema: 'dbctl.backup-run/1';
  readonly service: string;
  readonly on: 'dedicated' | 'shared';
  readonly job: string;
  readonly run: string;
  readonly status: 'ok' | 'failed';
  readonly seconds: number;
  readonly sets: readonly MadeSet[];
  /** Ids of sets that retention removed meanwhile. */
  readonly removed: readonly string[];
  readonly notes: readonly string[];
  /** The sets are there all the same, when a copy elsewhere failed. */
  readonly error?: ReportedError;
}

export interface BackupAllRow {
  readonly service: string;
  readonly on: 'dedicated' | 'shared';
  readonly status: 'ok' | 'failed';
  readonly seconds: number;
  readonly sets: number;
  readonly rows: number;
  readonly bytes: number;
  /** Off-site copies that ended well. */
  readonly copies: number;
  readonly error?: ReportedError;
}

/** The end of `dbctl backup-all`: one row per service, in the order of the inventory, the shared instance last. */
export interface BackupAllReport {
  readonly schema: 'dbctl.backup-all/1';
  readonly status: 'ok' | 'failed';
  readonly seconds: number;
  readonly rows: readonly BackupAllRow[];
  readonly reports: readonly BackupReport[];
}
