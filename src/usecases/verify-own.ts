import type { Difference, Evidence } from '../engines/postgres/evidence.js';
import { type CarriedFacts, carriedFactsSql } from '../engines/postgres/roles.js';
import type { Tombstone } from '../engines/postgres/tombstone.js';
import type { InventoryService } from '../inventory/types.js';
import type { MoveContext } from '../pipeline/context.js';
import { factDifferences } from '../pipeline/differing-facts.js';
import type { Journal } from '../pipeline/journal.js';
import { targetSql } from '../pipeline/live.js';
import { restoreOf } from '../pipeline/nested-journal.js';
import { oneByOne } from '../pipeline/one-by-one.js';
import type { RecordedDump } from '../pipeline/steps/dump.js';
import type { RecordedEvidence } from '../pipeline/steps/verify.js';
import { compareWithMove } from '../pipeline/verify/compare-with-move.js';
import { readDump } from '../pipeline/verify/dump-file.js';
import { checkOldSource } from '../pipeline/verify/old-source.js';
import { attempt, outcome, skipped } from '../pipeline/verify/outcome.js';
import { checkPassword } from '../pipeline/verify/password.js';
import { ownHealth, readWhole } from '../pipeline/verify/read-database.js';
import type { VerifyCheck, VerifyReport } from '../report/verify-report.js';
import type { UseCaseDeps } from './deps.js';
import { loadPrepared } from './prepared-run.js';
import { moveRun, type OpenRun, withRun } from './run-move.js';

export type Looked = Pick<VerifyReport, 'run' | 'on' | 'job' | 'checks' | 'tables' | 'notes'>;

/** A dedicated database: by itself, and against what its move recorded. */
export async function verifyOwn(open: OpenRun, service: InventoryService, journal: Journal): Promise<Looked> {
  const { deps } = open;
  const prepared = await loadPrepared(open, service.name, journal.run);
  const ctx = moveRun(open, prepared).contextFor('verify');
  const { target } = ctx.plan;
  const databases = await oneByOne(target.databases, ({ name }) => verifyDatabase(deps, ctx, name));
  return {
    run: journal.run,
    on: 'dedicated',
    job: target.job,
    checks: [
      await attempt('identity', null, () => identity(ctx)),
      ...databases.flatMap(({ checks }) => checks),
      await attempt('password', null, () => checkPassword(ctx)),
    ],
    tables: databases.flatMap(({ tables }) => tables),
    notes: isRestored(journal)
      ? ['a backup was restored since: it is not compared with the move any more']
      : moved(journal)
        ? []
        : ['it was made for the service, not moved: there is nothing to compare it with'],
  };
}

/** What was moved is not what is live then. */
const isRestored = (journal: Journal | undefined): boolean => restoreOf(journal)?.phase === 'restored';

const moved = ({ facts }: Journal): boolean => facts['evidence'] !== undefined;

/** A volume that was swapped or an emptied one that was filled anew is another server. */
async function identity(ctx: MoveContext): Promise<VerifyCheck> {
  const recorded = ctx.journal.fact<string>('target.systemIdentifier');
  const script = `select json_build_object('id', system_identifier::text) from pg_control_system();\n`;
  const [row] = (await ctx.sql.run(await targetSql(ctx), script, { signal: ctx.signal })) as { id: string }[];
  if (recorded === undefined) return skipped('identity', null, 'the run recorded no system identifier');
  const other = row?.id === recorded ? [] : [`this is another server: its identifier is ${row?.id ?? 'unknown'}`];
  return outcome('identity', null, `server ${recorded}`, other);
}

type OfDatabase = Pick<Looked, 'checks' | 'tables'>;

async function verifyDatabase(deps: UseCaseDeps, ctx: MoveContext, database: string): Promise<OfDatabase> {
  const target = await targetSql(ctx, database);
  const { check: read, evidence: now } = await readWhole(ctx, target);
  const health = now ? await ownHealth(ctx, target, now) : [];
  const evidence = entry<RecordedEvidence>(ctx, 'evidence', database);
  if (!evidence || isRestored(ctx.journal.current)) return { checks: [read, ...health], tables: [] };
  const { dump, before } = await recordedEvidence(ctx, database);
  const compared =
    before && now
      ? await compareWithMove(ctx, target, { before, now, facts: await changedFacts(ctx, database) })
      : { checks: [read], tables: [] };
  const old = await oldSource(deps, ctx, database, { digest: evidence.digest, evidence: before });
  return {
    checks: [...compared.checks, ...health, old, dump],
    tables: compared.tables.map((table) => ({ database, ...table })),
  };
}

const entry = <T extends { readonly database: string }>(
  ctx: MoveContext,
  key: string,
  database: string,
): T | undefined => ctx.journal.fact<readonly T[]>(key)?.find((one) => one.database === database);

/** It lies beside the dump; damaged there, nothing can be compared, and that is said. */
async function recordedEvidence(
  ctx: MoveContext,
  database: string,
): Promise<{ dump: VerifyCheck; before: Evidence | undefined }> {
  const recorded = entry<RecordedDump>(ctx, 'dumps', database);
  if (!recorded) return { dump: skipped('dump', database, 'the run recorded no dump'), before: undefined };
  const found: { before?: Evidence } = {};
  const dump = await attempt('dump', database, async () => {
    const { check, evidence } = await readDump(ctx, recorded);
    found.before = evidence;
    return check;
  });
  return { dump, before: found.before };
}

/** Rights, settings and roles: what a dump leaves behind and the move carried. */
async function changedFacts(ctx: MoveContext, database: string): Promise<Difference[]> {
  const carried = entry<CarriedFacts>(ctx, 'carried', database);
  if (!carried) return [];
  const script = carriedFactsSql(database, ctx.plan.target.role);
  const [now] = await ctx.sql.run(await targetSql(ctx), script, { signal: ctx.signal });
  return factDifferences(carried, now as CarriedFacts | undefined);
}

/** Under the lock of the service: the old database is opened to superusers for as long as it is read. */
async function oldSource(
  deps: UseCaseDeps,
  ctx: MoveContext,
  database: string,
  recorded: { digest: string; evidence: Evidence | undefined },
): Promise<VerifyCheck> {
  const tombstone = entry<Tombstone>(ctx, 'tombstones', database);
  const { phase } = ctx.journal.current ?? {};
  if (!tombstone || phase === 'finalized' || phase === 'finalizing')
    return skipped('old-source', database, 'the old database is gone, or going');
  return await attempt('old-source', database, () =>
    withRun(deps, ctx.plan.service, ({ signal }) => checkOldSource({ ...ctx, signal }, tombstone, recorded)),
  );
}
