import { DbctlError } from '../errors/dbctl-error.js';
import type { MoveContext } from './context.js';
import { explainChange } from './explain-change.js';
import { registerApp, runningJob } from './register-app.js';
import { describe, isTerminal } from './wait-alloc.js';

const STOP_MS = 180_000;
const POLL_MS = 100;

/**
 * Stops the whole job by compare-and-set against the index the plan saw (a deregister has none) and waits until every
 * allocation has ended: from then on only others could write. Throws JOB_CHANGED when somebody was faster.
 */
export async function stopApp(ctx: MoveContext): Promise<string> {
  const running = await runningJob(ctx);
  // Journalled before the effect: a stopped job that this run meant to stop is its own doing.
  if (!(running.Stop === true && ctx.journal.fact('gate-in.at') !== undefined)) {
    const allocations = await ctx.nomad.allocations(running.ID);
    const live = allocations.filter((alloc) => !isTerminal(alloc)).map((alloc) => alloc.ID);
    await ctx.journal.record('gate-in.old', live);
    await ctx.journal.record('gate-in.at', ctx.clock.now().toISOString());
    const options = { enforceIndex: ctx.plan.job.modifyIndex, submission: ctx.artifacts.before };
    await ctx.nomad
      .registerJob({ ...running, Stop: true }, options)
      .catch((error: unknown) => explainChange(ctx, ctx.artifacts.before, error));
  }
  await untilStopped(ctx);
  const { JobModifyIndex, Stop } = await runningJob(ctx);
  if (Stop !== true) throw changed(ctx, JobModifyIndex);
  await ctx.journal.record('gate-in.index', JobModifyIndex ?? 0);
  return `app stopped, ${(ctx.journal.fact<string[]>('gate-in.old') ?? []).length} allocations ended`;
}

async function untilStopped(ctx: MoveContext): Promise<void> {
  const { id } = ctx.plan.job;
  const until = ctx.clock.monotonic() + STOP_MS;
  for (;;) {
    const left = (await ctx.nomad.allocations(id)).filter((alloc) => !isTerminal(alloc));
    if (left.length === 0) return;
    if (ctx.clock.monotonic() > until)
      throw new DbctlError('NOMAD_ALLOC_FAILED', 'the app did not stop', {
        where: `job ${id}`,
        details: left.flatMap(describe),
        next: `nomad job status ${id}`,
      });
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}

/** The app comes back as it was. One that runs was never stopped, or was started by somebody else: that is left alone. */
export async function startOldApp(ctx: MoveContext): Promise<void> {
  const running = await ctx.nomad.job(ctx.plan.job.id);
  if (running?.Stop !== true || ctx.journal.fact('gate-in.at') === undefined) return;
  const { before } = ctx.artifacts;
  const old = await ctx.nomad.parseJob(before);
  await ctx.nomad.registerJob(old, { enforceIndex: running.JobModifyIndex ?? 0, submission: before });
  await registerApp(ctx, before, {
    enforceIndex: running.JobModifyIndex ?? 0,
    deadlineMs: STOP_MS,
    what: `the old shape of ${running.ID}`,
  });
}

const changed = (ctx: MoveContext, index: number | undefined): DbctlError =>
  new DbctlError('JOB_CHANGED', 'somebody started the job again while its database was on the move', {
    where: `job ${ctx.plan.job.id}`,
    value: `index ${index ?? 'none'}`,
    next: `dbctl plan ${ctx.plan.service}`,
  });
