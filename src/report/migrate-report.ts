import type { ProofFacts } from './proof-report.js';
import type { EvidenceReport, StepResult } from './report.js';

/** One stretch of the downtime; the parts follow each other and add up to the whole. */
export interface DowntimePart {
  readonly id: string;
  readonly title: string;
  readonly seconds: number;
}

/** `from` and `to` are ISO 8601 UTC: fence start to first session of the app on the new database. */
export interface Downtime {
  readonly from: string;
  readonly to: string;
  readonly parts: readonly DowntimePart[];
}

export interface RehearsalReport {
  readonly run: string;
  /** Driver, image, network and placement of the database it was measured with. */
  readonly shape: string;
  readonly finishedAt: string;
  readonly seconds: number;
  readonly predictedDowntimeSeconds: number;
  readonly parts: readonly DowntimePart[];
  readonly match: boolean;
}

export interface MovedReport {
  readonly from: string;
  readonly to: string;
  readonly databases: readonly MovedDatabase[];
}

/** What was carried over, in bytes; `null` = not measured. */
export interface MovedDatabase {
  readonly database: string;
  readonly sourceBytes: number | null;
  readonly dumpBytes: number | null;
  readonly targetBytes: number | null;
}

export interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly where?: string | undefined;
  readonly value?: string | undefined;
  readonly next?: string | undefined;
  readonly details: readonly string[];
  readonly exitCode: number;
}

/** What going back without the dedicated database cost, as far as it is known. Instants are ISO 8601 UTC. */
export interface LossReport {
  readonly from: 'source' | 'backup';
  readonly backup: string | null;
  /** What was committed later is not there any more. */
  readonly since: string;
  /** Rows that came back; `null` when nobody counted them. */
  readonly rows: number | null;
  /** The newest count of the dedicated database. */
  readonly lastSeen: { readonly at: string; readonly rows: number } | null;
  /** Why it could not be read, a line each. */
  readonly saw: readonly string[];
  /** Where its data is now: dbctl never deletes it. */
  readonly kept: string;
}

/** The end of a migrate, rollback or finalize run. Plain JSON, stable, never a secret. */
export interface MigrateReport {
  readonly schema: 'dbctl.migrate/2' | 'dbctl.rollback/2' | 'dbctl.finalize/2';
  readonly service: string;
  readonly run: string;
  readonly status: 'ok' | 'nothing-to-do' | 'failed' | 'undone';
  /** `null` when the app was never stopped, or the first session was not seen. */
  readonly downtimeSeconds: number | null;
  readonly downtime: Downtime | null;
  readonly steps: readonly StepResult[];
  readonly evidence: EvidenceReport | null;
  readonly rehearsal?: RehearsalReport;
  readonly moved: MovedReport | null;
  readonly lost?: LossReport;
  /** How the way back was last proven before it was gone or given up. */
  readonly proof?: ProofFacts;
  /** The command that takes the run back, while there is one. */
  readonly undo?: string;
  readonly notes: readonly string[];
  readonly error?: ReportedError;
}
