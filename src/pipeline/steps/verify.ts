import { compareEvidence, digestOf, type Evidence, parseEvidence } from '../../engines/postgres/evidence.js';
import { type CarriedFacts, carriedFactsSql } from '../../engines/postgres/roles.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import type { EvidenceComparison } from '../../report/report.js';
import { together } from '../../shared/together.js';
import { carriedFacts } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { differingFacts } from '../differing-facts.js';
import { type Toolbox, targetSql, toolboxOf } from '../live.js';
import type { Step } from '../step.js';
import { finishedRun } from '../toolbox-run.js';
import { closeForGood, requireFence } from './fence.js';

/** Evidence of the target against evidence M, which was taken inside the dump's snapshot. */
export const verify: Step = {
  id: 'verify',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const [source, target, facts] = await together([
      evidenceOf(ctx, toolbox, 'dump'),
      evidenceOf(ctx, toolbox, 'import'),
      targetFacts(ctx),
      requireFence(ctx),
    ]);
    const extra = differingFacts(await carriedFacts(ctx), facts);
    const comparison = await requireEqual(ctx, { source, target, folder: ctx.evidenceDir, extra });
    await closeForGood(ctx);
    await ctx.journal.record('evidence', digestOf(source));
    const rows = comparison.tables.reduce((sum, table) => sum + table.rows, 0);
    const summary = `${comparison.tables.length} tables, ${rows} rows, all equal`;
    return { summary, evidence: { digest: digestOf(source) } };
  },
};

/** What a finished dump or restore of this run left behind; its SHA-256 is checked on the way. */
export const evidenceOf = async (ctx: MoveContext, toolbox: Toolbox, step: string): Promise<Evidence> =>
  parseEvidence(await (await finishedRun(ctx, toolbox, step)).read('evidence.jsonl'));

async function targetFacts(ctx: MoveContext): Promise<CarriedFacts | undefined> {
  const { role } = ctx.plan.target;
  const { name: database } = mainDatabase(ctx.plan.target);
  const [facts] = await ctx.sql.run(await targetSql(ctx), carriedFactsSql(database, role), { signal: ctx.signal });
  return facts as CarriedFacts | undefined;
}

export interface EqualOptions {
  readonly source: Evidence;
  readonly target: Evidence;
  /** Both sides are kept there, beside the report. */
  readonly folder: string;
  readonly sequences?: 'equal' | 'at-least';
  /** Differences found elsewhere, one line each. */
  readonly extra?: readonly string[];
}

/** Throws EVIDENCE_DIFFERS naming every difference. */
export async function requireEqual(ctx: MoveContext, options: EqualOptions): Promise<EvidenceComparison> {
  const extra = options.extra ?? [];
  const found = compareEvidence(options.source, options.target, { sequences: options.sequences ?? 'equal' });
  const comparison = {
    ...found,
    match: found.match && extra.length === 0,
    catalogDiff: [...found.catalogDiff, ...extra],
  };
  await ctx.files.write(`${options.folder}/comparison.json`, `${JSON.stringify(comparison, null, 2)}\n`);
  if (comparison.match) return comparison;
  const tables = comparison.tables.filter((table) => !table.match).map((table) => `table ${table.name} differs`);
  throw new DbctlError('EVIDENCE_DIFFERS', 'the copy is not equal to its source', {
    where: `${options.folder}/comparison.json`,
    details: [...tables, ...comparison.catalogDiff].slice(0, 40),
    next: 'nothing was switched; read the differences and run again',
  });
}
