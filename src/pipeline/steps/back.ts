import { createBackSql, dropBackSql, takeNameSql } from '../../engines/postgres/back.js';
import { type FenceRecord, reopenSql } from '../../engines/postgres/fence.js';
import { backName } from '../../engines/postgres/names.js';
import { databaseFactsSql, emptyCheckSql } from '../../engines/postgres/target.js';
import { tombstoneSql } from '../../engines/postgres/tombstone.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { SourceDatabase } from '../../plan/types.js';
import type { SqlTarget } from '../../ports/sql.js';
import { together } from '../../shared/together.js';
import { carriedFacts } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { fenceRecords } from '../fence-record.js';
import { dumpFolder, evidenceFolder, stepOf } from '../folders.js';
import { sourceSql, type Toolbox, targetSql, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { entryFor, recordedAll } from '../recorded.js';
import { ensureSourceRole, openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { attemptSuffix, isRetry, removeFolder, tcpServer } from '../toolbox-run.js';
import { carryPasswordBack, requireWayBackPassword } from '../way-back-password.js';
import { dumpTarget, type RecordedDump, recorded, summaryOf } from './dump.js';
import { closeAndDrain, requireClosed } from './fence.js';
import { restore } from './import.js';
import { tombstonesOf } from './prove.js';
import { equalText, evidenceOf, requireEqual } from './verify.js';

/** The app keeps running but can write nowhere: cheaper than stopping it, and proven the same way. */
export const backFence: Step = {
  id: 'back-fence',
  title: 'Close the dedicated database',
  run: async (ctx) => {
    await requireWayBackPassword(ctx);
    const records = ctx.journal.fact<FenceRecord[]>('back-fence') ?? (await recordTarget(ctx));
    await together([ensureSourceRole(ctx), carriedFacts(ctx)]);
    await ctx.journal.record('back-fence.at', ctx.clock.now().toISOString());
    await closeAndDrain(ctx, await targetSql(ctx), records);
    return { summary: 'closed; the app can write nowhere' };
  },
  undo: async (ctx) => {
    const records = ctx.journal.fact<FenceRecord[]>('back-fence');
    if (!records) return;
    await ctx.sql.run(await targetSql(ctx), records.map(reopenSql).join('\n'), { signal: ctx.signal });
    // Looked at anew by the next attempt: the operator may change rights meanwhile.
    await ctx.journal.record('back-fence', null);
  },
};

/** A database that is gone would come back empty: refused before anything is closed. */
async function recordTarget(ctx: MoveContext): Promise<readonly FenceRecord[]> {
  const found = await fenceRecords(ctx, await targetSql(ctx));
  const missing = ctx.plan.source.databases.filter((_, index) => found[index] === undefined);
  if (missing.length > 0)
    throw new DbctlError('DATABASE_NOT_FOUND', 'the dedicated server has no such database any more', {
      where: `service ${ctx.plan.service}`,
      value: missing.map(({ name }) => name).join(', '),
    });
  await ctx.journal.record('back-fence', found);
  return found as readonly FenceRecord[];
}

async function requireBackFence(ctx: MoveContext): Promise<void> {
  await requireClosed(ctx, await targetSql(ctx), recordedAll<FenceRecord>(ctx, 'back-fence'));
}

export const backDump: Step = {
  id: 'back-dump',
  title: 'Dump it, with evidence',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const { databases } = ctx.plan.source;
    const options = { step: 'back-dump', folder: 'back-dump' };
    const [results] = await together([
      oneByOne(databases, (database) => dumpTarget(ctx, toolbox, database, options)),
      requireBackFence(ctx),
      makeRoom(ctx, databases),
      openSourceAccess(ctx, toolbox),
    ]);
    const dumps = recorded(results);
    await ctx.journal.record('back-dumps', dumps);
    return { summary: summaryOf(results), evidence: { dumps } };
  },
  undo: async (ctx) => {
    // Made beside the dump.
    await dropBack(ctx);
    const toolbox = await toolboxOf(ctx);
    await oneByOne(ctx.plan.source.databases, ({ name }) =>
      removeFolder(ctx, toolbox, dumpFolder(ctx, name, 'back-dump') + attemptSuffix(ctx, stepOf('back-dump', name))),
    );
  },
};

/** The empty databases that the restore goes into; one that a cut restore left is made anew. */
export async function makeRoom(ctx: MoveContext, databases: readonly SourceDatabase[]): Promise<void> {
  const { run } = ctx;
  const scripts = databases.map((like) => {
    const name = backName(like.name, run);
    return `${dropBackSql({ name, run })}\n${createBackSql({ name, run, like })}`;
  });
  await ctx.sql.run(await sourceSql(ctx), scripts.join('\n'), { signal: ctx.signal });
}

/** Into new databases of the shared instance; the live names are only taken at the switch. */
export const backRestore: Step = {
  id: 'back-restore',
  title: 'Restore into the shared instance',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const restored = await oneByOne(ctx.plan.source.databases, (database) => restoreBack(ctx, toolbox, database));
    return { summary: `restored as ${restored.join(', ')}`, evidence: { databases: restored } };
  },
  undo: (ctx) => dropBack(ctx),
};

/** The databases of `makeRoom`; absent is success. */
export async function dropBack(ctx: MoveContext): Promise<void> {
  const { run } = ctx;
  const scripts = ctx.plan.source.databases.map(({ name }) => dropBackSql({ name: backName(name, run), run }));
  await ctx.sql.run(await sourceSql(ctx), scripts.join('\n'), { signal: ctx.signal });
}

async function restoreBack(ctx: MoveContext, toolbox: Toolbox, database: SourceDatabase): Promise<string> {
  const step = 'back-restore';
  if (isRetry(ctx, stepOf(step, database.name))) await makeRoom(ctx, [database]);
  const name = backName(database.name, ctx.run);
  const server = tcpServer(ctx.plan.source, await openSourceAccess(ctx, toolbox), name);
  const { folder, manifestSha256 } = entryFor(recordedAll<RecordedDump>(ctx, 'back-dumps'), database.name);
  await restore(ctx, toolbox, database, { step, folder, manifestSha256, server });
  return name;
}

export const backVerify: Step = {
  id: 'back-verify',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const [compared] = await together([
      oneByOne(ctx.plan.source.databases, ({ name }) => verifyBack(ctx, toolbox, name)),
      requireBackFence(ctx),
    ]);
    return { summary: equalText(compared) };
  },
};

async function verifyBack(ctx: MoveContext, toolbox: Toolbox, database: string) {
  const [source, target] = await together([
    evidenceOf(ctx, toolbox, stepOf('back-dump', database)),
    evidenceOf(ctx, toolbox, stepOf('back-restore', database)),
  ]);
  return await requireEqual(ctx, { database, source, target, folder: evidenceFolder(ctx, database, 'rollback') });
}

/**
 * On the shared instance: each closed source becomes (or stays) a tombstone and the restored database takes its name, then
 * its settings. Only when all have their names are rights and the role's login given back.
 */
export async function switchDatabases(ctx: MoveContext): Promise<void> {
  const records = recordedAll<FenceRecord>(ctx, 'fence');
  const shared = await sourceSql(ctx);
  const tombstones = tombstonesOf(ctx).map(tombstoneSql);
  await ctx.sql.run(shared, tombstones.join('\n'), { signal: ctx.signal });
  const live = await oneByOne(records, async (record) => ({ ...record, oid: await takeName(ctx, shared, record) }));
  await carryPasswordBack(ctx);
  const settings = (await carriedFacts(ctx)).map(databaseFactsSql);
  await ctx.sql.run(shared, [...settings, ...live.map(reopenSql)].join('\n'), { signal: ctx.signal });
}

/** Returns the oid of the database that has the live name now. */
async function takeName(ctx: MoveContext, shared: SqlTarget, { database, systemIdentifier }: FenceRecord) {
  const names = { database, back: backName(database, ctx.run), run: ctx.run, systemIdentifier };
  const script = takeNameSql({ ...names, emptyCheck: emptyCheckSql() });
  const live = (await ctx.sql.run(shared, script, { signal: ctx.signal })).at(-1) as { oid: number } | undefined;
  if (live) return live.oid;
  throw new DbctlError('DATABASE_NOT_FOUND', 'the restored database is gone', { where: `database ${database}` });
}
