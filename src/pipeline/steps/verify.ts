import { compareEvidence, digestOf, type Evidence, parseEvidence } from '../../engines/postgres/evidence.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { EvidenceComparison } from '../../report/report.js';
import type { MoveContext } from '../context.js';
import { toolboxOf } from '../live.js';
import type { Step } from '../step.js';
import { finishedRun, socketServer, toolboxRun } from '../toolbox-run.js';
import { requireFence } from './fence.js';

/** Evidence of the target against evidence M, which was taken inside the dump's snapshot. */
export const verify: Step = {
  id: 'verify',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const { database, port } = ctx.plan.target;
    const toolbox = await toolboxOf(ctx);
    const source = parseEvidence(await (await finishedRun(ctx, toolbox, 'dump')).read('evidence.jsonl'));
    const done = await toolboxRun(ctx, toolbox, {
      step: 'verify',
      script: 'evidence.sh',
      env: { ...socketServer(port, database), JOBS: '2' },
      total: ctx.plan.source.sizeBytes,
    });
    const target = parseEvidence(await done.read('evidence.jsonl'));
    await requireFence(ctx);
    const comparison = await requireEqual(ctx, { source, target, folder: ctx.evidenceDir });
    await ctx.journal.record('evidence', digestOf(source));
    const rows = comparison.tables.reduce((sum, table) => sum + table.rows, 0);
    return {
      summary: `${comparison.tables.length} tables, ${rows} rows, all equal`,
      evidence: { digest: digestOf(source) },
    };
  },
};

/** Keeps both sides beside the report; throws EVIDENCE_DIFFERS naming every difference. */
export async function requireEqual(
  ctx: MoveContext,
  options: { source: Evidence; target: Evidence; folder: string; sequences?: 'equal' | 'at-least' },
): Promise<EvidenceComparison> {
  const comparison = compareEvidence(options.source, options.target, { sequences: options.sequences ?? 'equal' });
  await ctx.files.write(`${options.folder}/comparison.json`, `${JSON.stringify(comparison, null, 2)}\n`);
  if (comparison.match) return comparison;
  const tables = comparison.tables.filter((table) => !table.match).map((table) => `table ${table.name} differs`);
  throw new DbctlError('EVIDENCE_DIFFERS', 'the copy is not equal to its source', {
    where: `${options.folder}/comparison.json`,
    details: [...tables, ...comparison.catalogDiff].slice(0, 40),
    next: 'nothing was switched; read the differences and run again',
  });
}
