import { DbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import type { Allocation } from '../../ports/nomad.js';
import { together } from '../../shared/together.js';
import { isOwnJob } from '../app-copies.js';
import type { MoveContext } from '../context.js';
import { firstSession, sessionsOfAll } from '../first-session.js';
import { entryOf } from '../journal.js';
import { targetSql } from '../live.js';
import { entryFor } from '../recorded.js';
import { registerApp } from '../register-app.js';
import { markAllSql, writeState } from '../retire-target.js';
import { requireJournal } from '../run.js';
import { serviceChecks } from '../service-checks.js';
import type { Step } from '../step.js';
import { requireUnlogged } from '../unlogged.js';
import { taskState, waitAlloc } from '../wait-alloc.js';
import { requireFence } from './fence.js';

const SETTLE_MS = 100;

/** Marks every database as verified; the gate ends, Nomad starts the app. Ends when the app's tasks run and no check fails. */
export const open: Step = {
  id: 'open',
  title: 'Open the gate, the app starts',
  // Before the step counts as begun: until then a failure is undone, and the source is what counts.
  inspect: async (ctx) => {
    const entry = entryOf(requireJournal(ctx), 'open');
    if (entry?.state === 'done') return { kind: 'done', summary: `done at ${entry.at}` };
    if (ctx.journal.fact('open.at') === undefined) await requireUnlogged(ctx);
    return { kind: 'pending' };
  },
  run: async (ctx) => {
    const { role } = ctx.plan.target;
    const { name: database } = mainDatabase(ctx.plan.target);
    const target = await targetSql(ctx);
    const [sessions] = await together([sessionsOfAll(ctx, target), expectData(ctx), requireFence(ctx)]);
    await ctx.journal.record('open.sessions', sessions);
    await ctx.sql.run(target, markAllSql(ctx, 'verified'), { signal: ctx.signal });
    await ctx.journal.record('open.at', ctx.clock.now().toISOString());
    const running = appStarts(ctx).catch((error: unknown) => Promise.reject(unhealthy(ctx, error)));
    const { before } = entryFor(sessions, database);
    const [alloc, seen] = await together([running, firstSession(ctx, { server: target, database, role }, before)]);
    await ctx.journal.record('open.seen', seen ?? null);
    return { summary: `app runs in allocation ${alloc.ID.slice(0, 8)}`, evidence: { allocation: alloc.ID } };
  },
};

/** Behind the gate it starts by itself; one that was stopped is registered with its new settings. */
async function appStarts(ctx: MoveContext): Promise<Allocation> {
  const what = `the app of ${ctx.plan.service}`;
  const deadlineMs = ctx.service.migrate.healthyDeadlineSeconds * 1000;
  if (isOwnJob(ctx)) {
    const enforceIndex = ctx.journal.fact<number>('gate-in.index') ?? 0;
    return await registerApp(ctx, ctx.artifacts.after, { enforceIndex, deadlineMs, what });
  }
  return await waitAlloc(ctx, {
    jobId: ctx.plan.job.id,
    what,
    deadlineMs,
    signal: ctx.signal,
    ready: (allocations) => appRunning(ctx, allocations),
  });
}

/** From now on an empty data volume is refused by the server's entry script, not filled with a fresh cluster. */
const expectData = (ctx: MoveContext): Promise<void> =>
  writeState(ctx, `expected ${ctx.journal.fact<string>('target.systemIdentifier') ?? ''} ${ctx.run}`);

export function appRunning(ctx: MoveContext, allocations: readonly Allocation[]): Allocation | undefined {
  return allocations.find(
    (alloc) =>
      alloc.DesiredStatus === 'run' &&
      taskState(alloc, ctx.plan.target.toolbox)?.State === 'running' &&
      ctx.plan.app.tasks.every((task) => taskState(alloc, task)?.State === 'running'),
  );
}

/** The same for every copy of the app; returns how many checks there are. */
export async function waitAllChecks(ctx: MoveContext, allocations: readonly Allocation[]): Promise<number> {
  const counts = await Promise.all(allocations.map((alloc) => waitChecks(ctx, alloc)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Waits until no service check of the allocation fails; without checks the running task has to do. */
export async function waitChecks(ctx: MoveContext, alloc: Allocation): Promise<number> {
  const until = ctx.clock.monotonic() + ctx.service.migrate.healthyDeadlineSeconds * 1000;
  for (;;) {
    const checks = await serviceChecks(ctx, alloc);
    const bad = checks.filter((check) => check.status !== 'success');
    if (bad.length === 0) return checks.length;
    if (ctx.clock.monotonic() > until) {
      const details = bad.map((check) => `${check.service} ${check.check}: ${check.status}`);
      throw unhealthy(ctx, new DbctlError('APP_UNHEALTHY', 'a check does not pass', { details }));
    }
    await ctx.clock.sleep(SETTLE_MS, ctx.signal);
  }
}

function unhealthy(ctx: MoveContext, cause: unknown): unknown {
  if (!(cause instanceof DbctlError) || !['NOMAD_ALLOC_FAILED', 'APP_UNHEALTHY'].includes(cause.code)) return cause;
  return new DbctlError('APP_UNHEALTHY', 'the app did not come up on its new database', {
    where: `job ${ctx.plan.job.id}`,
    cause,
    details: cause.details,
    next: `nomad alloc logs -job ${ctx.plan.job.id}`,
  });
}
