import { allowConnectionsSql, tombstoneStateSql } from '../../engines/postgres/closed-state.js';
import {
  checkFenceSql,
  closeSql,
  type FenceProblem,
  type FenceRecord,
  reopenSql,
  terminateSql,
} from '../../engines/postgres/fence.js';
import { closeUnlessWrittenSql, writesSql } from '../../engines/postgres/writes.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { SqlTarget } from '../../ports/sql.js';
import { together } from '../../shared/together.js';
import type { MoveContext } from '../context.js';
import { recordFence } from '../fence-record.js';
import { sourceSql, toolboxOf } from '../live.js';
import { prepareTarget } from '../prepare-target.js';
import { openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';

const DRAIN_MS = 15_000;
const POLL_MS = 100;

/** Closes the source to everyone but dbctl. What was there before is journalled first, and restored by undo. */
export const fence: Step = {
  id: 'fence',
  title: 'Close the old database',
  run: async (ctx) => {
    const record = await recordFence(ctx);
    const toolbox = await toolboxOf(ctx);
    // The target and the way to it are made ready meanwhile: the app is waiting.
    const [ended] = await together([
      closeAndDrain(ctx, await sourceSql(ctx), record),
      prepareTarget(ctx),
      openSourceAccess(ctx, toolbox),
    ]);
    await ctx.journal.record('fence.writes', await sourceWrites(ctx, record));
    const legs = record.exclusive ? 'owner, rights, limit and login' : 'owner, rights and limit';
    return {
      summary: `closed by ${legs}; ${ended} sessions ended`,
      evidence: { sessionsEnded: ended, exclusive: record.exclusive },
    };
  },
  undo: async (ctx) => {
    const record = ctx.journal.fact<FenceRecord>('fence');
    if (!record) return;
    const open = allowConnectionsSql({ ...record, tombstone: record.database }, true);
    await ctx.sql.run(await sourceSql(ctx), `${open}\n${reopenSql(record)}`, { signal: ctx.signal });
  },
};

/** Counter of written rows, read when nobody but dbctl is connected. */
async function sourceWrites(ctx: MoveContext, record: FenceRecord): Promise<string> {
  const [row] = await ctx.sql.run(await sourceSql(ctx, record.database), writesSql(), { signal: ctx.signal });
  return (row as { writes: string }).writes;
}

/**
 * Closes the source to superusers as well, after a last look at its counter: one that came after the dump, wrote and left
 * again would otherwise be seen by nobody. Throws FENCE_BROKEN when rows were written since the fence.
 */
export async function closeForGood(ctx: MoveContext): Promise<void> {
  const record = await recordFence(ctx);
  const before = ctx.journal.fact<string>('fence.writes') ?? '';
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
  throw broken(record, [`rows were written after it was closed: counter ${before}, now ${row?.writes}`]);
}

/** Ends every foreign session and waits until nobody can write. Returns how many were told to end. Throws FENCE_BROKEN. */
export async function closeAndDrain(ctx: MoveContext, server: SqlTarget, record: FenceRecord): Promise<number> {
  const until = ctx.clock.monotonic() + DRAIN_MS;
  const [, ...told] = await ctx.sql.run(server, `${closeSql(record)}\n${terminateSql(record)}`, { signal: ctx.signal });
  let ended = told.length;
  for (;;) {
    const problems = await fenceProblems(ctx, server, record);
    if (problems.length === 0) return ended;
    if (ctx.clock.monotonic() > until) throw broken(record, problems);
    await ctx.clock.sleep(POLL_MS, ctx.signal);
    ended += (await ctx.sql.run(server, terminateSql(record), { signal: ctx.signal })).length;
  }
}

async function fenceProblems(ctx: MoveContext, server: SqlTarget, record: FenceRecord): Promise<string[]> {
  const rows = (await ctx.sql.run(server, checkFenceSql(record), { signal: ctx.signal })) as FenceProblem[];
  return rows.map((row) => row.problem);
}

/** Checked again by every later step: throws FENCE_BROKEN with what is open. */
export async function requireFence(ctx: MoveContext): Promise<void> {
  await requireClosed(ctx, await sourceSql(ctx), await recordFence(ctx));
}

export async function requireClosed(ctx: MoveContext, server: SqlTarget, record: FenceRecord): Promise<void> {
  const problems = await fenceProblems(ctx, server, record);
  if (problems.length > 0) throw broken(record, problems);
}

const broken = (record: FenceRecord, details: string[]): DbctlError =>
  new DbctlError('FENCE_BROKEN', 'the database is not closed', {
    where: `database ${record.database}`,
    details,
    next: 'stop the client named above, then run again',
  });
