import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';

const ROOT = join(import.meta.dirname, '..', '..');

/** A document of `--json`: the type it is written from, and the page that describes it. */
export interface JsonDocument {
  readonly type: string;
  readonly source: string;
  readonly page: string;
}

const document = (page: string, type: string, source: string): JsonDocument => ({
  type,
  source: join(ROOT, source),
  page: join(ROOT, 'docs/schema', `${page}.schema.json`),
});

export const JSON_DOCUMENTS: readonly JsonDocument[] = [
  document('adopt', 'AdoptReport', 'src/report/adopt-report.ts'),
  document('plan', 'PlanDocument', 'src/usecases/plan-document.ts'),
  document('move', 'MigrateReport', 'src/report/migrate-report.ts'),
  document('proof', 'ProofReport', 'src/report/proof-report.ts'),
  document('fleet', 'FleetReport', 'src/report/fleet-report.ts'),
  document('decommission', 'DecommissionReport', 'src/report/decommission-report.ts'),
  document('init', 'InitReport', 'src/usecases/init.ts'),
  document('discover', 'DiscoverReport', 'src/usecases/discover.ts'),
  document('lab', 'LabDocument', 'lab/commands.ts'),
  document('error', 'ErrorDocument', 'src/report/error-document.ts'),
  document('policy', 'PolicyDocument', 'src/report/policy-document.ts'),
  document('verify', 'VerifyReport', 'src/report/verify-report.ts'),
  document('backup-run', 'BackupReport', 'src/report/backup-report.ts'),
  document('backup-all', 'BackupAllReport', 'src/report/backup-report.ts'),
  document('backups', 'BackupsReport', 'src/report/backups-report.ts'),
  document('backup-sets', 'BackupSetsReport', 'src/report/backups-report.ts'),
  document('backups-change', 'BackupsChangeReport', 'src/report/backups-report.ts'),
  document('deploy-shared', 'DeploySharedReport', 'src/report/deploy-report.ts'),
  document('metrics', 'MetricsDocument', 'src/report/metrics.ts'),
  document('restore', 'RestoreReport', 'src/report/restore-report.ts'),
  document('drill', 'DrillsReport', 'src/report/drill-report.ts'),
  document('rebuild', 'RebuildReport', 'src/report/rebuild-report.ts'),
  document('status', 'StatusReport', 'src/report/status-report.ts'),
  document('service-status', 'ServiceStatusReport', 'src/report/status-report.ts'),
  document('report', 'ReportDocument', 'src/report/report-document.ts'),
  document('completion', 'CompletionDocument', 'src/report/completion-document.ts'),
  document('debug', 'DebugReport', 'src/report/debug-report.ts'),
  document('psql', 'PsqlReport', 'src/report/psql-report.ts'),
  document('logs', 'LogsReport', 'src/report/logs-report.ts'),
  document('doctor', 'DoctorReport', 'src/report/doctor-report.ts'),
  document('doctor-list', 'DoctorListReport', 'src/report/doctor-report.ts'),
  document('provision', 'ProvisionReport', 'src/report/provision-report.ts'),
  document('image', 'ImageReport', 'src/report/image-report.ts'),
];

interface Page {
  readonly definitions: Record<string, { properties: { schema?: { const?: string; enum?: string[] } } } | undefined>;
}

const pageOf = ({ page }: JsonDocument): Page => JSON.parse(readFileSync(page, 'utf8')) as Page;

/** Values that a document's `schema` key may have, by its page. */
const idsOf = (document: JsonDocument): string[] => {
  const key = pageOf(document).definitions[document.type]?.properties.schema;
  return key?.const === undefined ? (key?.enum ?? []) : [key.const];
};

/** Throws unless a document of `--json` is what its published schema says. */
export function requireDocument(json: unknown): void {
  const id = (json as { schema?: string }).schema ?? 'no schema key';
  const found = JSON_DOCUMENTS.find((document) => idsOf(document).includes(id));
  if (!found) throw new Error(`--json printed a document without a published schema: ${id}`);
  const ajv = new Ajv({ allErrors: true, strict: false });
  if (ajv.validate(pageOf(found), json)) return;
  throw new Error(`${id} is not what ${found.page} says: ${ajv.errorsText(ajv.errors, { separator: '\n' })}`);
}
