import { createBackSql, dropBackSql, takeNameSql } from '../../engines/postgres/back.js';
import {
  checkFenceSql,
  closeSql,
  type FenceRecord,
  recordFenceSql,
  reopenSql,
  sessionsLeftSql,
  terminateSql,
} from '../../engines/postgres/fence.js';
import { backName, tombstoneName } from '../../engines/postgres/names.js';
import { parseEvidence } from '../../engines/postgres/parse-evidence.js';
import { databaseFactsSql, emptyCheckSql } from '../../engines/postgres/target.js';
import { tombstoneSql } from '../../engines/postgres/tombstone.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { carriedFacts } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { sourceSql, targetSql, toolboxOf } from '../live.js';
import { openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { finishedRun, removeFolder, tcpServer, toolboxRun } from '../toolbox-run.js';
import { dumpFolder, dumpTarget, summaryOf } from './dump.js';
import { restore } from './import.js';
import { tombstoneOf } from './prove.js';
import { requireEqual } from './verify.js';

const DRAIN_MS = 15_000;

/** The app keeps running but can write nowhere: cheaper than stopping it, and proven the same way. */
export const backFence: Step = {
  id: 'back-fence',
  title: 'Close the dedicated database',
  run: async (ctx) => {
    const target = await targetSql(ctx);
    const record = ctx.journal.fact<FenceRecord>('back-fence') ?? (await recordTarget(ctx));
    await ctx.journal.record('back-fence.at', ctx.clock.now().toISOString());
    await ctx.sql.run(target, closeSql(record), { signal: ctx.signal });
    const until = ctx.clock.monotonic() + DRAIN_MS;
    for (;;) {
      await ctx.sql.run(target, terminateSql(record), { signal: ctx.signal });
      if ((await ctx.sql.run(target, sessionsLeftSql(record), { signal: ctx.signal })).length === 0) break;
      if (ctx.clock.monotonic() > until)
        throw new DbctlError('FENCE_BROKEN', 'sessions do not end', { where: record.database });
      await ctx.clock.sleep(200, ctx.signal);
    }
    await requireBackFence(ctx);
    return { summary: 'closed; the app can write nowhere' };
  },
  undo: async (ctx) => {
    const record = ctx.journal.fact<FenceRecord>('back-fence');
    if (record) await ctx.sql.run(await targetSql(ctx), reopenSql(record), { signal: ctx.signal });
  },
};

async function recordTarget(ctx: MoveContext): Promise<FenceRecord> {
  const { database, role } = ctx.plan.target;
  const [record] = await ctx.sql.run(await targetSql(ctx), recordFenceSql({ database, role }), { signal: ctx.signal });
  await ctx.journal.record('back-fence', record);
  return record as FenceRecord;
}

async function requireBackFence(ctx: MoveContext): Promise<void> {
  const record = ctx.journal.fact<FenceRecord>('back-fence');
  const problems = record
    ? await ctx.sql.run(await targetSql(ctx), checkFenceSql(record), { signal: ctx.signal })
    : ['never closed'];
  if (problems.length === 0) return;
  throw new DbctlError('FENCE_BROKEN', 'the dedicated database is not closed', {
    details: problems.map((problem) => JSON.stringify(problem)),
  });
}

export const backDump: Step = {
  id: 'back-dump',
  title: 'Dump it, with evidence',
  run: async (ctx) => {
    await requireBackFence(ctx);
    const { evidence, ...recorded } = await dumpTarget(ctx, await toolboxOf(ctx), {
      step: 'back-dump',
      folder: dumpFolder(ctx, 'back-dump'),
    });
    await ctx.journal.record('back-dump', recorded);
    return { summary: summaryOf(evidence), evidence: recorded };
  },
  undo: async (ctx) => removeFolder(ctx, await toolboxOf(ctx), dumpFolder(ctx, 'back-dump')),
};

/** Into a new database of the shared instance; the live name is only taken at the switch. */
export const backRestore: Step = {
  id: 'back-restore',
  title: 'Restore into the shared instance',
  run: async (ctx) => {
    const { source } = ctx.plan;
    const name = backName(source.database, ctx.run);
    const shared = await sourceSql(ctx);
    await ctx.sql.run(shared, dropBackSql({ name, run: ctx.run }), { signal: ctx.signal });
    await ctx.sql.run(shared, createBackSql({ name, run: ctx.run, like: source }), { signal: ctx.signal });
    const toolbox = await toolboxOf(ctx);
    const server = tcpServer(source, await openSourceAccess(ctx, toolbox), name);
    await restore(ctx, toolbox, { step: 'back-restore', folder: dumpFolder(ctx, 'back-dump'), server });
    return { summary: `restored as ${name}`, evidence: { database: name } };
  },
  undo: async (ctx) => {
    const name = backName(ctx.plan.source.database, ctx.run);
    await ctx.sql.run(await sourceSql(ctx), dropBackSql({ name, run: ctx.run }), { signal: ctx.signal });
  },
};

export const backVerify: Step = {
  id: 'back-verify',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const { source } = ctx.plan;
    const toolbox = await toolboxOf(ctx);
    const dumped = parseEvidence(await (await finishedRun(ctx, toolbox, 'back-dump')).read('evidence.jsonl'));
    const server = tcpServer(source, await openSourceAccess(ctx, toolbox), backName(source.database, ctx.run));
    const env = { ...server, JOBS: '2' };
    const done = await toolboxRun(ctx, toolbox, {
      step: 'back-verify',
      script: 'evidence.sh',
      env,
      total: source.sizeBytes,
    });
    const restored = parseEvidence(await done.read('evidence.jsonl'));
    await requireBackFence(ctx);
    const comparison = await requireEqual(ctx, {
      source: dumped,
      target: restored,
      folder: `${ctx.evidenceDir}/rollback`,
    });
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
  const { database, systemIdentifier } = ctx.plan.source;
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
