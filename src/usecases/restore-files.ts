import { evidenceFolder } from '../pipeline/folders.js';
import type { RestoreContext } from '../pipeline/restore/context.js';
import type { DatabaseEvidence, EvidenceComparison, EvidenceReport } from '../report/report.js';
import type { RestoreReport } from '../report/restore-report.js';

/** What the verify step wrote, of every database; `null` when it did not get there with all of them. */
export async function loadEvidence(
  ctx: Pick<RestoreContext, 'files' | 'evidenceDir'>,
  names: readonly string[],
): Promise<EvidenceReport | null> {
  const databases: DatabaseEvidence[] = [];
  for (const database of names) {
    const text = await ctx.files.read(`${evidenceFolder(ctx, database)}/comparison.json`);
    if (text === undefined) return null;
    databases.push({ database, ...(JSON.parse(text) as EvidenceComparison) });
  }
  return { match: databases.every(({ match }) => match), databases };
}

/** Keeps the report beside the evidence; returns it. */
export async function saveRestoreReport(ctx: RestoreContext, report: RestoreReport): Promise<RestoreReport> {
  await ctx.files.write(`${ctx.evidenceDir}/restore.json`, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}
