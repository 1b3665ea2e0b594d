import type { BackupAttempt, BackupKind, DrillRecord, OffsiteReceipt } from './backup-catalog.js';

/**
 * `late`: the newest backup is older than it may be. `failed`: the last attempt was no success. `never`: there is no backup
 * yet. `unseen`: what there is cannot be read now, or nothing was ever set up to make one.
 */
export type BackupState = 'ok' | 'late' | 'failed' | 'never' | 'unseen';

/** One service, or one database of the shared instance. Ages in seconds, instants ISO 8601 UTC. */
export interface BackupsRow {
  /** The service; `<shared job>/<database>` on the shared instance. */
  readonly service: string;
  readonly on: 'dedicated' | 'shared';
  readonly job: string;
  readonly state: BackupState;
  /** Why it is not `ok`, in words. */
  readonly why: string | null;
  /** `age` counts from before the first snapshot: all that was committed by then is in it. */
  readonly newest: {
    readonly id: string;
    readonly started: string;
    readonly age: number;
    readonly bytes: number;
  } | null;
  readonly maxAge: number;
  /** Every set was read whole before it got its name. */
  readonly sets: number;
  /** Sets with at least one copy elsewhere. */
  readonly offsite: number;
  /** The newest copy of each target. */
  readonly targets: readonly { readonly target: string; readonly at: string; readonly id: string }[];
  readonly pinned: number;
  /** Bytes of the sets, oldest first, the last 20. */
  readonly sizes: readonly number[];
  readonly lastAttempt: BackupAttempt | null;
  /** The last one. */
  readonly drill: DrillRecord | null;
  /** When the schedule comes next; `null` where there is none. */
  readonly next: string | null;
  /** What keeps the schedule from running. */
  readonly problem: string | null;
}

/** The end of `dbctl backups`. `exitCode` holds with --detailed-exitcode only. */
export interface BackupsReport {
  readonly schema: 'dbctl.backups/1';
  readonly at: string;
  readonly status: 'ok' | 'attention';
  readonly rows: readonly BackupsRow[];
  readonly exitCode: 0 | 2;
}

export interface SetRow {
  readonly id: string;
  readonly kind: BackupKind;
  readonly started: string;
  readonly age: number;
  readonly databases: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly pinned: boolean;
  readonly receipts: readonly OffsiteReceipt[];
}

/** One service's sets, newest first. */
export interface ServiceSets {
  readonly row: BackupsRow;
  readonly sets: readonly SetRow[];
  /** The last attempts that were no success, newest first. */
  readonly failures: readonly BackupAttempt[];
}

/** The end of `dbctl backups <service>`. */
export interface BackupSetsReport {
  readonly schema: 'dbctl.backup-sets/1';
  readonly service: string;
  readonly at: string;
  readonly status: 'ok' | 'attention';
  /** More than one for a service with several databases on the shared instance. */
  readonly catalogs: readonly ServiceSets[];
  readonly exitCode: 0 | 2;
}

/** The end of `dbctl backups pin`, `unpin` and `prune`. */
export interface BackupsChangeReport {
  readonly schema: 'dbctl.backups-change/1';
  readonly service: string;
  readonly verb: 'pin' | 'unpin' | 'prune';
  /** `would`: a dry run. */
  readonly status: 'done' | 'nothing-to-do' | 'would';
  readonly ids: readonly string[];
  /** With `prune`: folders of programs and tools that nothing names any more. */
  readonly folders?: readonly string[];
}
