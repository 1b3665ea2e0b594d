import { type EvidenceFolder, evidenceFolder } from '../pipeline/folders.js';
import type { MigrateReport } from '../report/migrate-report.js';
import type { DatabaseEvidence, EvidenceComparison, EvidenceReport } from '../report/report.js';
import type { UseCaseDeps } from './deps.js';
import type { MoveRun } from './run-move.js';

/** What the verify step wrote, of every database; absent when the run never got there with all of them. */
export async function loadEvidence(
  deps: UseCaseDeps,
  move: MoveRun,
  part?: EvidenceFolder,
): Promise<EvidenceReport | undefined> {
  const ctx = move.contextFor('');
  const databases: DatabaseEvidence[] = [];
  for (const { name: database } of ctx.plan.source.databases) {
    const text = await deps.files.read(`${evidenceFolder(ctx, database, part)}/comparison.json`);
    if (text === undefined) return undefined;
    databases.push({ database, ...(JSON.parse(text) as EvidenceComparison) });
  }
  return { match: databases.every(({ match }) => match), databases };
}

/** Keeps the report beside the evidence; returns it. */
export async function saveReport(deps: UseCaseDeps, move: MoveRun, report: MigrateReport): Promise<MigrateReport> {
  const kind = report.schema.replace(/^dbctl\.|\/\d+$/g, '');
  await deps.files.write(`${move.contextFor('').evidenceDir}/${kind}.json`, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}
