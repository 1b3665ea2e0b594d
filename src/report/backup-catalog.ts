/** What the toolbox's own programs write about a service's backups. Plain JSON, never a secret. */

export const BACKUP_KINDS = ['scheduled', 'manual', 'first', 'safety'] as const;
export type BackupKind = (typeof BACKUP_KINDS)[number];

/** One database of a set: `folder` below the set holds `dump/` as dump.sh makes it. */
export interface BackedUpDatabase {
  readonly database: string;
  readonly oid: number;
  readonly folder: string;
  /** Of the database on its server. */
  readonly sizeBytes: number;
  /** Of the dump's files. */
  readonly bytes: number;
  readonly tables: number;
  readonly rows: number;
  readonly manifestSha256: string;
  readonly evidenceSha256: string;
}

/** `manifest.json` of a set, written last: a backup exists if and only if it does. */
export interface BackupManifest {
  readonly schema: 'dbctl.backup/1';
  /** `<counter, six digits>-<UTC, YYYYMMDDTHHMMSSZ>`: the counter orders, not the clock. */
  readonly id: string;
  readonly counter: number;
  readonly service: string;
  readonly kind: BackupKind;
  /** ISO 8601 UTC, before the first snapshot: what was committed by then is in it. */
  readonly started: string;
  readonly finished: string;
  readonly server: {
    readonly systemIdentifier: string;
    /** server_version_num. */
    readonly version: number;
    readonly pgDump: string;
  };
  readonly databases: readonly BackedUpDatabase[];
  /** Every file of the set but the manifest itself, with paths below the set. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  /** Sum of the files. */
  readonly bytes: number;
}

/** An off-site copy that ended well. `verified`: read back and equal; credentials that can only put cannot do that. */
export interface OffsiteReceipt {
  readonly schema: 'dbctl.receipt/1';
  readonly target: string;
  readonly id: string;
  readonly at: string;
  /** Below the target's own path: `<service>/YYYY/MM/DD/<id>`. */
  readonly prefix: string;
  readonly encrypted: boolean;
  readonly verified: boolean;
  readonly files: number;
  readonly bytes: number;
}

/** One run of backup.sh, whatever came of it. `offsite-failed`: the local set is there, a copy is not. */
export interface BackupAttempt {
  readonly at: string;
  readonly seconds: number;
  readonly kind: BackupKind;
  readonly status: 'ok' | 'failed' | 'offsite-failed';
  /** Of the set, when there is one. */
  readonly id: string | null;
  readonly error: string | null;
}

/** One drill: a set was restored elsewhere and compared. More keys may follow; these are what a catalog is read for. */
export interface DrillRecord {
  readonly at: string;
  readonly status: string;
  readonly seconds?: number | undefined;
  /** From nothing to compared data; `null` when it did not get there. */
  readonly rtoSeconds?: number | null | undefined;
  readonly budgetSeconds?: number | null | undefined;
  readonly codes?: readonly string[] | undefined;
  readonly set?: { readonly id: string } | null | undefined;
}

/** `catalog.json`: all of it, rewritten whole after every change. */
export interface BackupCatalog {
  readonly schema: 'dbctl.catalog/1';
  readonly service: string;
  readonly written: string;
  /** Five cron fields and their zone; `null` where nothing is scheduled. */
  readonly schedule: string | null;
  readonly zone: string | null;
  /** What keeps the schedule from running, in words; `null` when all is well. */
  readonly problem: string | null;
  /** Oldest first, by counter. */
  readonly sets: readonly (BackupManifest & {
    readonly pinned: boolean;
    readonly receipts: readonly OffsiteReceipt[];
  })[];
  /** Oldest first; the last ones only. */
  readonly attempts: readonly BackupAttempt[];
  /** Oldest first; left out by programs that know none. */
  readonly drills?: readonly DrillRecord[] | undefined;
}
