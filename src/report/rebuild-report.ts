import type { ReportedError } from './migrate-report.js';
import type { ProvisionReport } from './provision-report.js';

/** The copy that a service is made from once more. Instants are ISO 8601 UTC. */
export interface RebuildCopy {
  readonly id: string;
  /** Name of the off-site target, and where it lies there. */
  readonly target: string;
  readonly prefix: string;
  /** What was committed by then is in it. */
  readonly started: string | null;
  readonly finished: string;
  readonly ageSeconds: number;
  /** Of everything that is fetched. */
  readonly bytes: number;
  readonly encrypted: boolean;
  readonly databases: readonly string[];
  /** Newer copies that are not all there, in words. */
  readonly passed: readonly string[];
}

/**
 * One service. `there`: something of it lives, and nothing was done. `ready`: can be rebuilt; nothing was done yet.
 * `undone`: it failed, and what was made was taken away again.
 */
export interface RebuildRow {
  readonly service: string;
  readonly status: 'ready' | 'ok' | 'nothing-to-do' | 'there' | 'blocked' | 'undone' | 'failed';
  readonly copy: RebuildCopy | null;
  /** From the first step to the last. */
  readonly seconds: number;
  readonly phases: readonly { readonly id: string; readonly seconds: number }[];
  readonly rows: number | null;
  /** Every digest against the copy's own evidence; `null` until it was compared. */
  readonly equal: boolean | null;
  /** In a word or two why nothing was done, for `there`. */
  readonly why: string | null;
  readonly error?: ReportedError;
}

/** The end of `dbctl rebuild`. Plain JSON, stable, never a secret. */
export interface RebuildReport {
  readonly schema: 'dbctl.rebuild/1';
  readonly status: 'planned' | 'ok' | 'failed';
  /** All of it; and how long it took to find the copies. */
  readonly seconds: number;
  readonly lookSeconds: number;
  readonly rows: readonly RebuildRow[];
  /** Of each service that was begun, whole. */
  readonly reports: readonly ProvisionReport[];
}
