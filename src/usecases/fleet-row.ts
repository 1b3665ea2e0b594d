import type { DbctlError } from '../errors/dbctl-error.js';
import type { FleetRow } from '../report/fleet-report.js';
import type { MigrateReport, MovedReport } from '../report/migrate-report.js';
import type { EvidenceReport } from '../report/report.js';
import { reported } from './move-report.js';

/** One line of the table from the whole report of a service. */
export const fleetRow = (report: MigrateReport): FleetRow => ({
  service: report.service,
  status: report.status,
  seconds: Math.round(report.steps.reduce((sum, step) => sum + step.seconds, 0) * 10) / 10,
  downtimeSeconds: report.downtimeSeconds,
  rows: report.evidence?.match ? rowsOf(report.evidence) : null,
  bytes: report.moved ? bytesOf(report.moved) : null,
  run: report.run,
  ...(report.error ? { error: report.error } : {}),
});

const rowsOf = ({ databases }: EvidenceReport): number =>
  databases.flatMap(({ tables }) => tables).reduce((sum, table) => sum + table.rows, 0);

const bytesOf = ({ databases }: MovedReport): number | null =>
  databases.reduce<number | null>(
    (sum, { sourceBytes }) => (sum === null || sourceBytes === null ? null : sum + sourceBytes),
    0,
  );

const NOTHING = { seconds: 0, downtimeSeconds: null, rows: null, bytes: null, run: null } as const;

export const waitingRow = (service: string): FleetRow => ({ service, status: 'waiting', ...NOTHING });

/** Refused before a run began. */
export const thrownRow = (service: string, error: DbctlError): FleetRow => ({
  service,
  status: 'failed',
  ...NOTHING,
  error: reported(error),
});
