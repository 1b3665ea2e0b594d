import { allowConnectionsSql, tombstoneStateSql } from '../../engines/postgres/closed-state.js';
import {
  checkFenceSql,
  closeSql,
  type FenceProblem,
  type FenceRecord,
  reopenSql,
  terminateSql,
} from '../../engines/postgres/fence.js';
import { closeUnlessWrittenSql, writesSince, writesSql } from '../../engines/postgres/writes.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { SqlTarget } from '../../ports/sql.js';
import { together } from '../../shared/together.js';
import type { MoveContext } from '../context.js';
import { recordFence } from '../fence-record.js';
import { sourceSql, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { prepareTarget } from '../prepare-target.js';
import { entryFor, recordedAll } from '../recorded.js';
import { openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';

const DRAIN_MS = 15_000;
const POLL_MS = 100;

/** Closes every source database to everyone but dbctl. What was there before is journalled first, and restored by undo. */
export const fence: Step = {
  id: 'fence',
  title: 'Close the old database',
  run: async (ctx) => {
    const records = await recordFence(ctx);
    const toolbox = await toolboxOf(ctx);
    // The target and the way to it are made ready meanwhile: the app is waiting.
    const [ended] = await together([
      closeAndDrain(ctx, await sourceSql(ctx), records),
      prepareTarget(ctx),
      openSourceAccess(ctx, toolbox),
    ]);
    await ctx.journal.record('fence.writes', await together(records.map((record) => sourceWrites(ctx, record))));
    const exclusive = records.every((record) => record.exclusive);
    const legs = exclusive ? 'owner, rights, limit and login' : 'owner, rights and limit';
    const closed = records.length > 1 ? `${records.length} databases closed` : 'closed';
    return { summary: `${closed} by ${legs}; ${ended} sessions ended`, evidence: { sessionsEnded: ended, exclusive } };
  },
  undo: async (ctx) => {
    const records = ctx.journal.fact<FenceRecord[]>('fence') ?? [];
    const server = await sourceSql(ctx);
    await oneByOne(records, async (record) => {
      const open = allowConnectionsSql({ ...record, tombstone: record.database }, true);
      await ctx.sql.run(server, `${open}\n${reopenSql(record)}`, { signal: ctx.signal });
    });
  },
};

interface SourceWrites {
  readonly database: string;
  readonly writes: string;
}

/** Counter of written rows, read when nobody but dbctl is connected. */
async function sourceWrites(ctx: MoveContext, { database }: FenceRecord): Promise<SourceWrites> {
  const [row] = await ctx.sql.run(await sourceSql(ctx, database), writesSql(), { signal: ctx.signal });
  return { database, writes: (row as { writes: string }).writes };
}

/**
 * Closes every source database to superusers as well, after a last look at its counter: one that came after the dump, wrote
 * and left again would otherwise be seen by nobody. Throws FENCE_BROKEN when anything was written since the fence.
 */
export async function closeForGood(ctx: MoveContext): Promise<void> {
  const writes = recordedAll<SourceWrites>(ctx, 'fence.writes');
  await oneByOne(await recordFence(ctx), (record) => closeOne(ctx, record, entryFor(writes, record.database).writes));
}

async function closeOne(ctx: MoveContext, record: FenceRecord, before: string): Promise<void> {
  const tombstone = { ...record, tombstone: record.database };
  const [state] = (await ctx.sql.run(await sourceSql(ctx), tombstoneStateSql(tombstone), { signal: ctx.signal })) as {
    closed: boolean;
  }[];
  // Only an equal reading closes it, so a closed one was equal: this is a run that was cut here and goes on.
  if (state?.closed) return;
  const script = closeUnlessWrittenSql(record, before);
  const [row] = (await ctx.sql.run(await sourceSql(ctx, record.database), script, { signal: ctx.signal })) as {
    writes: string;
  }[];
  if (row?.writes === before) return;
  throw broken(
    record,
    writesSince(before, row?.writes ?? ''),
    'only a superuser can: find out who (log_connections, log_statement), then run again',
  );
}

/**
 * Closes all of them, ends every foreign session and waits until nobody can write. Closed in one session, one after the
 * other: they share the role whose login is taken. Returns how many sessions were told to end. Throws FENCE_BROKEN.
 */
export async function closeAndDrain(
  ctx: MoveContext,
  server: SqlTarget,
  records: readonly FenceRecord[],
): Promise<number> {
  const until = ctx.clock.monotonic() + DRAIN_MS;
  const script = [...records.map(closeSql), ...records.map(terminateSql)].join('\n');
  const rows = await ctx.sql.run(server, script, { signal: ctx.signal });
  const told = rows.length - records.length;
  const more = await together(records.map((record) => drain(ctx, server, record, until)));
  return more.reduce((sum, ended) => sum + ended, told);
}

async function drain(ctx: MoveContext, server: SqlTarget, record: FenceRecord, until: number): Promise<number> {
  let ended = 0;
  for (;;) {
    const problems = await fenceProblems(ctx, server, record);
    if (problems.length === 0) return ended;
    if (ctx.clock.monotonic() > until) throw broken(record, problems);
    await ctx.clock.sleep(POLL_MS, ctx.signal);
    ended += (await ctx.sql.run(server, terminateSql(record), { signal: ctx.signal })).length;
  }
}

async function fenceProblems(
  ctx: MoveContext,
  server: SqlTarget,
  record: FenceRecord,
  aside?: string,
): Promise<string[]> {
  const names = [record.database, ...(aside === undefined ? [] : [aside])];
  const rows = (await ctx.sql.run(server, checkFenceSql(record, names), { signal: ctx.signal })) as FenceProblem[];
  return rows.map((row) => row.problem);
}

/**
 * Checked again by every later step: throws FENCE_BROKEN with what is open. `aside` names the tombstone that a database may
 * have become by then.
 */
export async function requireFence(ctx: MoveContext, aside?: (database: string) => string): Promise<void> {
  await requireClosed(ctx, await sourceSql(ctx), await recordFence(ctx), aside);
}

export async function requireClosed(
  ctx: MoveContext,
  server: SqlTarget,
  records: readonly FenceRecord[],
  aside?: (database: string) => string,
): Promise<void> {
  const check = async (record: FenceRecord): Promise<void> => {
    const problems = await fenceProblems(ctx, server, record, aside?.(record.database));
    if (problems.length > 0) throw broken(record, problems);
  };
  await together(records.map(check));
}

const broken = (record: FenceRecord, details: string[], next = 'end what is named above, then run again'): DbctlError =>
  new DbctlError('FENCE_BROKEN', 'the database is not closed', {
    where: `database ${record.database}`,
    details,
    next,
  });
