import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';

const ROOT = join(import.meta.dirname, '..', '..');

/** A document of `--json`: the type it is written from, and the page that describes it. */
export interface JsonDocument {
  /** Values of its `schema` key. */
  readonly ids: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly page: string;
}

const document = (page: string, type: string, source: string, ...ids: string[]): JsonDocument => ({
  ids,
  type,
  source: join(ROOT, source),
  page: join(ROOT, 'docs/schema', `${page}.schema.json`),
});

export const JSON_DOCUMENTS: readonly JsonDocument[] = [
  document('plan', 'PlanDocument', 'src/usecases/plan-document.ts', 'dbctl.plan/1'),
  document(
    'move',
    'MigrateReport',
    'src/report/migrate-report.ts',
    'dbctl.migrate/1',
    'dbctl.rollback/1',
    'dbctl.finalize/1',
  ),
  document('fleet', 'FleetReport', 'src/report/fleet-report.ts', 'dbctl.fleet/1'),
  document('decommission', 'DecommissionReport', 'src/report/decommission-report.ts', 'dbctl.decommission/1'),
  document('init', 'InitReport', 'src/usecases/init.ts', 'dbctl.init/1'),
  document('error', 'ErrorDocument', 'src/report/error-document.ts', 'dbctl.error/1'),
];

/** Throws unless a document of `--json` is what its published schema says. */
export function requireDocument(json: unknown): void {
  const id = (json as { schema?: string }).schema ?? 'no schema key';
  const found = JSON_DOCUMENTS.find(({ ids }) => ids.includes(id));
  if (!found) throw new Error(`--json printed a document without a published schema: ${id}`);
  const ajv = new Ajv({ allErrors: true, strict: false });
  if (ajv.validate(JSON.parse(readFileSync(found.page, 'utf8')), json)) return;
  throw new Error(`${id} is not what ${found.page} says: ${ajv.errorsText(ajv.errors, { separator: '\n' })}`);
}
