import type { ReportedError } from './migrate-report.js';
import type { EvidenceReport, StepResult } from './report.js';

/** The end of `dbctl restore`, its `--undo` and its `--done`. Plain JSON, stable, never a secret. Instants are ISO 8601 UTC. */
export interface RestoreReport {
  readonly schema: 'dbctl.restore/1';
  readonly action: 'restore' | 'undo' | 'done';
  readonly service: string;
  readonly run: string | null;
  /** `undone`: it failed, and what was live is live again. */
  readonly status: 'ok' | 'nothing-to-do' | 'failed' | 'undone';
  /** `started`: what was committed by then is in it; `null` where nothing tells. `from`: `backup volume`, or an off-site target. */
  readonly set: {
    readonly id: string;
    readonly started: string | null;
    readonly finished: string | null;
    readonly from: string;
  } | null;
  /** The pinned backup of what was live before; `null` when it was waived, or not reached. */
  readonly safety: string | null;
  /** How long nobody could connect; `null` when nothing was exchanged. */
  readonly closedSeconds: number | null;
  /** When the app was seen again. */
  readonly firstSession: string | null;
  readonly evidence: EvidenceReport | null;
  /** Databases that wait closed beside the live ones, until `dbctl restore <service> --done`. */
  readonly kept: readonly { readonly database: string; readonly name: string }[];
  readonly steps: readonly StepResult[];
  readonly notes: readonly string[];
  readonly next: readonly string[];
  readonly error?: ReportedError;
}
