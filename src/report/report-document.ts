import type { DoctorReport } from './doctor-report.js';
import type { ServiceStatusReport, StatusReport } from './status-report.js';

/** What the page shows of one table of a move. */
export interface MovedTable {
  readonly name: string;
  readonly rows: number;
  readonly digest: string;
  readonly match: boolean;
}

export interface MovedDatabaseEvidence {
  readonly database: string;
  readonly match: boolean;
  readonly tables: readonly MovedTable[];
  readonly sequences: { readonly count: number; readonly match: boolean };
  readonly largeObjects: { readonly count: number; readonly match: boolean };
  readonly catalogDiff: readonly string[];
}

/** One finished run, from the report that lies beside its evidence. */
export interface ReportedRun {
  readonly kind: 'migrate' | 'rollback' | 'finalize';
  readonly service: string;
  readonly run: string;
  readonly status: string;
  readonly downtimeSeconds: number | null;
  readonly databases: readonly MovedDatabaseEvidence[];
}

/** All that `dbctl report` shows. Plain JSON, never a secret. */
export interface ReportDocument {
  readonly schema: 'dbctl.report/1';
  readonly at: string;
  readonly status: StatusReport;
  readonly services: readonly ServiceStatusReport[];
  readonly doctor: DoctorReport;
  /** Newest first. */
  readonly runs: readonly ReportedRun[];
  /** Files of runs that could not be read. */
  readonly unreadable: readonly string[];
}
