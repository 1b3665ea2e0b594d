import {
  checkFenceSql,
  closeSql,
  type FenceProblem,
  type FenceRecord,
  reopenSql,
  terminateSql,
} from '../../engines/postgres/fence.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { SqlTarget } from '../../ports/sql.js';
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
    const [ended] = await Promise.all([
      closeAndDrain(ctx, await sourceSql(ctx), record),
      prepareTarget(ctx),
      openSourceAccess(ctx, toolbox),
    ]);
    const legs = record.exclusive ? 'owner, rights, limit and login' : 'owner, rights and limit';
    return {
      summary: `closed by ${legs}; ${ended} sessions ended`,
      evidence: { sessionsEnded: ended, exclusive: record.exclusive },
    };
  },
  undo: async (ctx) => {
    const record = ctx.journal.fact<FenceRecord>('fence');
    if (record) await ctx.sql.run(await sourceSql(ctx), reopenSql(record), { signal: ctx.signal });
  },
};

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
