import type { MigrateReport } from '../report/migrate-report.js';
import type { EvidenceComparison } from '../report/report.js';
import type { UseCaseDeps } from './deps.js';
import type { MoveRun } from './run-move.js';

/** What the verify step wrote; absent when the run never got there. */
export async function loadComparison(deps: UseCaseDeps, evidenceDir: string): Promise<EvidenceComparison | undefined> {
  const text = await deps.files.read(`${evidenceDir}/comparison.json`);
  return text === undefined ? undefined : (JSON.parse(text) as EvidenceComparison);
}

/** Keeps the report beside the evidence; returns it. */
export async function saveReport(deps: UseCaseDeps, move: MoveRun, report: MigrateReport): Promise<MigrateReport> {
  const kind = report.schema.replace(/^dbctl\.|\/1$/g, '');
  await deps.files.write(`${move.contextFor('').evidenceDir}/${kind}.json`, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}
