import { createBackSql, dropBackSql, takeNameSql } from '../../engines/postgres/back.js';
import { type FenceRecord, recordFenceSql, reopenSql } from '../../engines/postgres/fence.js';
import { backName, tombstoneName } from '../../engines/postgres/names.js';
import { databaseFactsSql, emptyCheckSql } from '../../engines/postgres/target.js';
import { tombstoneSql } from '../../engines/postgres/tombstone.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import { together } from '../../shared/together.js';
import { carriedFacts } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { sourceSql, targetSql, toolboxOf } from '../live.js';
import { ensureSourceRole, openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { isRetry, removeFolder, tcpServer } from '../toolbox-run.js';
import { dumpFolder, dumpTarget, type RecordedDump, summaryOf } from './dump.js';
import { closeAndDrain, requireClosed } from './fence.js';
import { restore } from './import.js';
import { tombstoneOf } from './prove.js';
import { evidenceOf, requireEqual } from './verify.js';

/** The app keeps running but can write nowhere: cheaper than stopping it, and proven the same way. */
export const backFence: Step = {
  id: 'back-fence',
  title: 'Close the dedicated database',
  run: async (ctx) => {
    const record = ctx.journal.fact<FenceRecord>('back-fence') ?? (await recordTarget(ctx));
    await together([ensureSourceRole(ctx), carriedFacts(ctx)]);
    await ctx.journal.record('back-fence.at', ctx.clock.now().toISOString());
    await closeAndDrain(ctx, await targetSql(ctx), record);
    return { summary: 'closed; the app can write nowhere' };
  },
  undo: async (ctx) => {
    const record = ctx.journal.fact<FenceRecord>('back-fence');
    if (record) await ctx.sql.run(await targetSql(ctx), reopenSql(record), { signal: ctx.signal });
  },
};

async function recordTarget(ctx: MoveContext): Promise<FenceRecord> {
  const { role } = ctx.plan.target;
  const { name: database } = mainDatabase(ctx.plan.target);
  const [record] = await ctx.sql.run(await targetSql(ctx), recordFenceSql({ database, role }), { signal: ctx.signal });
  await ctx.journal.record('back-fence', record);
  return record as FenceRecord;
}

async function requireBackFence(ctx: MoveContext): Promise<void> {
  const record = ctx.journal.fact<FenceRecord>('back-fence');
  if (!record)
    throw new DbctlError('INTERNAL', 'no fence of the dedicated database was recorded', { where: ctx.plan.service });
  await requireClosed(ctx, await targetSql(ctx), record);
}

export const backDump: Step = {
  id: 'back-dump',
  title: 'Dump it, with evidence',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const [{ evidence, ...recorded }] = await together([
      dumpTarget(ctx, toolbox, { step: 'back-dump', folder: dumpFolder(ctx, 'back-dump') }),
      requireBackFence(ctx),
      makeRoom(ctx),
      openSourceAccess(ctx, toolbox),
    ]);
    await ctx.journal.record('back-dump', recorded);
    return { summary: summaryOf(evidence), evidence: recorded };
  },
  undo: async (ctx) => removeFolder(ctx, await toolboxOf(ctx), dumpFolder(ctx, 'back-dump')),
};

/** The empty database that the restore goes into; one that a cut restore left is made anew. */
async function makeRoom(ctx: MoveContext): Promise<void> {
  const source = mainDatabase(ctx.plan.source);
  const name = backName(source.name, ctx.run);
  const script = `${dropBackSql({ name, run: ctx.run })}\n${createBackSql({ name, run: ctx.run, like: source })}`;
  await ctx.sql.run(await sourceSql(ctx), script, { signal: ctx.signal });
}

/** Into a new database of the shared instance; the live name is only taken at the switch. */
export const backRestore: Step = {
  id: 'back-restore',
  title: 'Restore into the shared instance',
  run: async (ctx) => {
    const { source } = ctx.plan;
    if (isRetry(ctx, 'back-restore')) await makeRoom(ctx);
    const name = backName(mainDatabase(source).name, ctx.run);
    const toolbox = await toolboxOf(ctx);
    const server = tcpServer(source, await openSourceAccess(ctx, toolbox), name);
    const folder = ctx.journal.fact<RecordedDump>('back-dump')?.folder ?? dumpFolder(ctx, 'back-dump');
    await restore(ctx, toolbox, { step: 'back-restore', folder, server });
    return { summary: `restored as ${name}`, evidence: { database: name } };
  },
  undo: async (ctx) => {
    const name = backName(mainDatabase(ctx.plan.source).name, ctx.run);
    await ctx.sql.run(await sourceSql(ctx), dropBackSql({ name, run: ctx.run }), { signal: ctx.signal });
  },
};

export const backVerify: Step = {
  id: 'back-verify',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const [dumped, restored] = await together([
      evidenceOf(ctx, toolbox, 'back-dump'),
      evidenceOf(ctx, toolbox, 'back-restore'),
      requireBackFence(ctx),
    ]);
    const folder = `${ctx.evidenceDir}/rollback`;
    const comparison = await requireEqual(ctx, { source: dumped, target: restored, folder });
    return { summary: `${comparison.tables.length} tables, all equal` };
  },
};

/**
 * On the shared instance: the closed source becomes (or stays) a tombstone, the restored database takes its name, then its
 * settings, and last its rights and the role's login.
 */
export async function switchDatabases(ctx: MoveContext): Promise<void> {
  const record = ctx.journal.fact<FenceRecord>('fence');
  if (!record) throw new DbctlError('INTERNAL', 'no fence was recorded', { where: ctx.plan.service });
  const { systemIdentifier } = ctx.plan.source;
  const { name: database } = mainDatabase(ctx.plan.source);
  const shared = await sourceSql(ctx);
  await ctx.sql.run(shared, tombstoneSql(tombstoneOf(record, tombstoneName(database, ctx.run))), {
    signal: ctx.signal,
  });
  const names = { database, back: backName(database, ctx.run), run: ctx.run, systemIdentifier };
  const rows = await ctx.sql.run(shared, takeNameSql({ ...names, emptyCheck: emptyCheckSql() }), {
    signal: ctx.signal,
  });
  const live = rows.at(-1) as { oid: number } | undefined;
  if (!live)
    throw new DbctlError('DATABASE_NOT_FOUND', 'the restored database is gone', { where: `database ${database}` });
  await ctx.sql.run(shared, databaseFactsSql(await carriedFacts(ctx)), { signal: ctx.signal });
  await ctx.sql.run(shared, reopenSql({ ...record, oid: live.oid }), { signal: ctx.signal });
}
