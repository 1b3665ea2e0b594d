import { extensionChanges } from '../../engines/postgres/across-majors.js';
import {
  compareEvidence,
  describeDifferences,
  differencesBetween,
  digestOf,
  type Evidence,
  parseEvidence,
} from '../../engines/postgres/evidence.js';
import { type CarriedFacts, carriedFactsSql } from '../../engines/postgres/roles.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { majorOf } from '../../plan/image.js';
import { partShape } from '../../plan/part-shape.js';
import type { RehearsalReport } from '../../report/migrate-report.js';
import type { EvidenceComparison } from '../../report/report.js';
import { together } from '../../shared/together.js';
import { carriedFacts } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { differingFacts } from '../differing-facts.js';
import { evidenceFolder, stepOf } from '../folders.js';
import { type Toolbox, targetSql, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { entryFor } from '../recorded.js';
import type { Step } from '../step.js';
import { finishedRun } from '../toolbox-run.js';
import { requireVaultLogin } from '../vault-login.js';
import { rowsOf } from './dump.js';
import { closeForGood, requireFence } from './fence.js';
import { proveWayBack } from './way-back.js';

/** Evidence of every target database against evidence M, which was taken inside the dump's snapshot. */
export const verify: Step = {
  id: 'verify',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const { databases } = ctx.plan.source;
    const [verified] = await together([
      oneByOne(databases, ({ name }) => verifyOne(ctx, toolbox, name)),
      requireFence(ctx),
      // The app is let in next: what it will be asked for has to be what Vault gives it.
      requireVaultLogin(ctx),
      proveUnrehearsed(ctx, toolbox),
    ]);
    await closeForGood(ctx);
    const digests = verified.map(({ database, digest, rows }) => ({ database, digest, rows }));
    await ctx.journal.record('evidence', digests);
    return { summary: equalText(verified.map(({ comparison }) => comparison)), evidence: { digests } };
  },
};

/**
 * Nothing is switched yet: what no rehearsal of this very shape has shown is shown now, while the source can simply be
 * opened again. A newer major has to be shown in this run.
 */
async function proveUnrehearsed(ctx: MoveContext, toolbox: Toolbox): Promise<void> {
  const { source, target } = ctx.plan;
  const upgrades = target.major > majorOf(source.serverVersion);
  const rehearsed = ctx.journal.fact<RehearsalReport>('rehearsal')?.shape === partShape(target);
  if (upgrades ? ctx.rehearses : rehearsed) return;
  await oneByOne(source.databases, (database) => proveWayBack(ctx, toolbox, database, 'way-back'));
}

/** What `verify` recorded of one database; finalize compares with it. */
export interface RecordedEvidence {
  readonly database: string;
  readonly digest: string;
  readonly rows: number;
}

async function verifyOne(
  ctx: MoveContext,
  toolbox: Toolbox,
  database: string,
): Promise<RecordedEvidence & { readonly comparison: EvidenceComparison }> {
  const [source, target, facts] = await together([
    evidenceOf(ctx, toolbox, stepOf('dump', database)),
    evidenceOf(ctx, toolbox, stepOf('import', database)),
    targetFacts(ctx, database),
  ]);
  for (const change of extensionChanges(source, target)) ctx.note(`${change}: the version that the new server brings`);
  const extra = differingFacts(entryFor(await carriedFacts(ctx), database), facts);
  const folder = evidenceFolder(ctx, database);
  const comparison = await requireEqual(ctx, { database, source, target, folder, extra });
  const rows = rowsOf([{ evidence: source }]);
  return { database, digest: digestOf(source), rows, comparison };
}

export function equalText(comparisons: readonly EvidenceComparison[]): string {
  const tables = comparisons.flatMap((comparison) => comparison.tables);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const databases = comparisons.length > 1 ? `${comparisons.length} databases, ` : '';
  return `${databases}${tables.length} tables, ${rows} rows, all equal`;
}

/** What a finished dump or restore of this run left behind; its SHA-256 is checked on the way. */
export const evidenceOf = async (ctx: MoveContext, toolbox: Toolbox, step: string): Promise<Evidence> =>
  parseEvidence(await (await finishedRun(ctx, toolbox, step)).read('evidence.jsonl'));

async function targetFacts(ctx: MoveContext, database: string): Promise<CarriedFacts | undefined> {
  const script = carriedFactsSql(database, ctx.plan.target.role);
  const [facts] = await ctx.sql.run(await targetSql(ctx), script, { signal: ctx.signal });
  return facts as CarriedFacts | undefined;
}

export interface EqualOptions {
  readonly database: string;
  readonly source: Evidence;
  readonly target: Evidence;
  /** Both sides are kept there, beside the report. */
  readonly folder: string;
  readonly sequences?: 'equal' | 'at-least';
  /** See CompareOptions.facts. */
  readonly facts?: readonly string[];
  /** Differences found elsewhere, one line each. */
  readonly extra?: readonly string[];
}

/** Throws EVIDENCE_DIFFERS naming every difference. */
export async function requireEqual(
  ctx: Pick<MoveContext, 'files'>,
  options: EqualOptions,
): Promise<EvidenceComparison> {
  const extra = options.extra ?? [];
  const how = { sequences: options.sequences ?? 'equal', facts: options.facts ?? [] } as const;
  const found = compareEvidence(options.source, options.target, how);
  const comparison = {
    ...found,
    match: found.match && extra.length === 0,
    catalogDiff: [...found.catalogDiff, ...extra],
  };
  await ctx.files.write(`${options.folder}/comparison.json`, `${JSON.stringify(comparison, null, 2)}\n`);
  if (comparison.match) return comparison;
  const words = describeDifferences(differencesBetween(options.source, options.target, how));
  throw new DbctlError('EVIDENCE_DIFFERS', `the copy of ${options.database} is not equal to its source`, {
    where: `${options.folder}/comparison.json`,
    details: [...words, ...extra].slice(0, 40),
    next: 'nothing was switched; read the differences and run again',
  });
}
