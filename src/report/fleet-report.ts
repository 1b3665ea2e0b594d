import type { MigrateReport, ReportedError } from './migrate-report.js';

export type FleetVerb = 'migrate' | 'rollback' | 'finalize';

/** One service of a run over several. `waiting` = not begun, because an earlier one failed. */
export interface FleetRow {
  readonly service: string;
  readonly status: MigrateReport['status'] | 'waiting';
  readonly seconds: number;
  readonly downtimeSeconds: number | null;
  /** Rows compared and found equal; `null` when nothing was compared. */
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly run: string | null;
  readonly error?: ReportedError;
}

/** The end of `migrate --all`, `rollback --all` or `finalize --all`: one row per service, in the order they were taken. */
export interface FleetReport {
  readonly schema: 'dbctl.fleet/1';
  readonly verb: FleetVerb;
  readonly status: 'ok' | 'failed';
  readonly seconds: number;
  readonly rows: readonly FleetRow[];
  /** The whole report of every service that was begun. */
  readonly reports: readonly MigrateReport[];
}
