import type { ReportedError } from './migrate-report.js';

/** How the way back was last proven. */
export interface ProofFacts {
  readonly run: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly seconds: number;
  readonly rows: number;
  /** `null` when the rows of the move were not counted. */
  readonly movedRows: number | null;
}

/**
 * One look at one service. `skipped` = somebody else was at work on it. `over` = its undo window has ended: it is finalized,
 * rolled back, or was never moved.
 */
export interface ProofRound {
  readonly service: string;
  readonly at: string;
  readonly status: 'proven' | 'failed' | 'skipped' | 'over';
  readonly text: string;
  readonly proof: ProofFacts | null;
  readonly error?: ReportedError;
}

/** The end of `rollback --prove`: every round in its order. */
export interface ProofReport {
  readonly schema: 'dbctl.proof/1';
  readonly status: 'ok' | 'failed';
  readonly rounds: readonly ProofRound[];
}
