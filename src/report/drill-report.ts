import type { ReportedError } from './migrate-report.js';
import type { EvidenceReport } from './report.js';

/**
 * What a drill found wrong, each with its own exit code. `DRILL_CORRUPT`: damaged, not equal, or an assertion does not hold.
 * `DRILL_INCOMPLETE`: not there, or not all of it: objects, databases, tables, rows. `DRILL_SLOW`: over the budget. `DRILL_STALE`: older than it may be.
 */
export type DrillCode = 'DRILL_CORRUPT' | 'DRILL_INCOMPLETE' | 'DRILL_SLOW' | 'DRILL_STALE';

export interface DrillFinding {
  readonly code: DrillCode;
  readonly text: string;
  readonly details: readonly string[];
  /** What to do about it. */
  readonly next: string;
}

export interface DrillPart {
  readonly id: 'start' | 'fetch' | 'restore' | 'verify' | 'check';
  readonly seconds: number;
}

/** One service's backup, restored for real into a throwaway server. Instants are ISO 8601 UTC. */
export interface DrillReport {
  readonly service: string;
  readonly run: string | null;
  readonly at: string;
  /** `failed`: there are findings. `error`: it could not be carried through, so nothing is known. */
  readonly status: 'ok' | 'failed' | 'error';
  readonly findings: readonly DrillFinding[];
  readonly set: { readonly id: string; readonly from: string; readonly ageSeconds: number | null } | null;
  readonly parts: readonly DrillPart[];
  /** From nothing to a compared database: start, fetch, restore, verify. `null` when it did not get there. */
  readonly rtoSeconds: number | null;
  readonly budgetSeconds: number | null;
  readonly evidence: EvidenceReport | null;
  /** What was read page by page, and which of the service's own assertions hold, a line each. */
  readonly checks: readonly string[];
  readonly notes: readonly string[];
  readonly error?: ReportedError;
}

/** The end of `dbctl drill`. Plain JSON, stable, never a secret. */
export interface DrillsReport {
  readonly schema: 'dbctl.drill/1';
  readonly status: 'ok' | 'failed';
  readonly drills: readonly DrillReport[];
  /** Services that were left out: with `--due` those whose turn it is not, with `--all` those without a database of their own. */
  readonly waiting: readonly WaitingDrill[];
}

/** `next`: ISO 8601 UTC; `null` when its turn never comes. */
export interface WaitingDrill {
  readonly service: string;
  readonly why: string;
  readonly next: string | null;
}
