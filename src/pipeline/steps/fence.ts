import {
  checkFenceSql,
  closeSql,
  type FenceRecord,
  recordFenceSql,
  reopenSql,
  sessionsLeftSql,
  terminateSql,
} from '../../engines/postgres/fence.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { MoveContext } from '../context.js';
import { sourceSql } from '../live.js';
import type { Step } from '../step.js';

const DRAIN_MS = 15_000;

/** Closes the source to everyone but dbctl. What was there before is journalled first, and restored by undo. */
export const fence: Step = {
  id: 'fence',
  title: 'Close the old database',
  run: async (ctx) => {
    const source = await sourceSql(ctx);
    const known = ctx.journal.fact<FenceRecord>('fence');
    const record = known ?? (await recordFence(ctx));
    await ctx.journal.record('fence.at', ctx.clock.now().toISOString());
    await ctx.sql.run(source, closeSql(record), { signal: ctx.signal });
    const ended = await drain(ctx, record);
    await requireFence(ctx);
    return { summary: `closed; ${ended} sessions ended`, evidence: { sessionsEnded: ended, role: record.role } };
  },
  undo: async (ctx) => {
    const record = ctx.journal.fact<FenceRecord>('fence');
    if (record) await ctx.sql.run(await sourceSql(ctx), reopenSql(record), { signal: ctx.signal });
  },
};

async function recordFence(ctx: MoveContext): Promise<FenceRecord> {
  const { database, role, systemIdentifier, oid } = ctx.plan.source;
  const [record] = await ctx.sql.run(await sourceSql(ctx), recordFenceSql({ database, role }), { signal: ctx.signal });
  const found = record as FenceRecord | undefined;
  if (!found || found.systemIdentifier !== systemIdentifier || found.oid !== oid) {
    throw new DbctlError('IDENTITY_MISMATCH', 'the source database is not the planned one any more', {
      where: `database ${database}`,
      value: `oid ${found?.oid ?? 'none'}`,
      next: `dbctl plan ${ctx.plan.service}`,
    });
  }
  await ctx.journal.record('fence', found);
  return found;
}

async function drain(ctx: MoveContext, record: FenceRecord): Promise<number> {
  const source = await sourceSql(ctx);
  const until = ctx.clock.monotonic() + DRAIN_MS;
  let ended = 0;
  for (;;) {
    ended += (await ctx.sql.run(source, terminateSql(record), { signal: ctx.signal })).length;
    const left = await ctx.sql.run(source, sessionsLeftSql(record), { signal: ctx.signal });
    if (left.length === 0) return ended;
    if (ctx.clock.monotonic() > until)
      throw broken(
        ctx,
        left.map((session) => JSON.stringify(session)),
      );
    await ctx.clock.sleep(200, ctx.signal);
  }
}

/** Checked again before every later step: throws FENCE_BROKEN with what is open. */
export async function requireFence(ctx: MoveContext): Promise<void> {
  const record = ctx.journal.fact<FenceRecord>('fence');
  if (!record) throw new DbctlError('INTERNAL', 'no fence was recorded', { where: ctx.plan.service });
  const problems = await ctx.sql.run(await sourceSql(ctx), checkFenceSql(record), { signal: ctx.signal });
  if (problems.length > 0)
    throw broken(
      ctx,
      problems.map((problem) => JSON.stringify(problem)),
    );
}

const broken = (ctx: MoveContext, details: string[]): DbctlError =>
  new DbctlError('FENCE_BROKEN', 'the old database is not closed', {
    where: `database ${ctx.plan.source.database}`,
    details,
    next: 'stop the client named above, then run again',
  });
