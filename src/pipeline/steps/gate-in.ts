import { DbctlError } from '../../errors/dbctl-error.js';
import type { Allocation } from '../../ports/nomad.js';
import { isOwnJob } from '../app-copies.js';
import type { MoveContext } from '../context.js';
import { explainChange } from '../explain-change.js';
import { movingSpec } from '../moving-spec.js';
import { retireTarget } from '../retire-target.js';
import type { Step } from '../step.js';
import { startOldApp, stopApp } from '../stop-app.js';
import { describe, driverFailed, eventTime, isTerminal, waitAlloc } from '../wait-alloc.js';

const PLACE_MS = 180_000;
const POLL_MS = 50;

/**
 * Registers the final job with the index that the plan saw. Nomad stops the app and starts database, toolbox and init;
 * the gate holds the app back. A database in a job of its own runs already, so there the app is only stopped.
 * Ends when the old allocations are terminal: from then on only others could write.
 */
export const gateIn: Step = {
  id: 'gate-in',
  title: 'Stop the app, start its database behind the gate',
  run: async (ctx) => {
    if (isOwnJob(ctx)) {
      const summary = await stopApp(ctx);
      await recordStop(ctx);
      return { summary };
    }
    const { id } = ctx.plan.job;
    const running = await ctx.nomad.job(id);
    if (!running)
      throw new DbctlError('JOB_NOT_FOUND', 'the job is gone', {
        where: `job ${id}`,
        next: `dbctl plan ${ctx.plan.service}`,
      });
    const registered = hasTask(running, ctx.plan.target.gateTask) ? undefined : await register(ctx);
    const placed = await waitAlloc(ctx, {
      jobId: id,
      what: `the new allocation of ${id}`,
      deadlineMs: PLACE_MS,
      ...(registered ? { evalId: registered } : {}),
      signal: ctx.signal,
      ready: (allocations) => newAllocation(ctx, allocations),
    });
    const alloc = await initDone(ctx, placed);
    await recordStop(ctx);
    return {
      summary: `app stopped, database up in allocation ${alloc.ID.slice(0, 8)}`,
      evidence: { allocation: alloc.ID, node: alloc.NodeName },
    };
  },
  undo: async (ctx) => {
    if (isOwnJob(ctx)) return await startOldApp(ctx);
    const { id } = ctx.plan.job;
    const running = await ctx.nomad.job(id);
    if (!running || !hasTask(running, ctx.plan.target.gateTask)) return;
    // Best effort: a server that never came up has nothing to put aside, and a volume of this run is deleted anyway.
    await retireTarget(ctx).catch(() => ctx.note('the new data volume could not be marked as retired'));
    const before = await ctx.nomad.parseJob(ctx.artifacts.before);
    const index = running.JobModifyIndex ?? 0;
    const { evalId } = await ctx.nomad.registerJob(before, { enforceIndex: index, submission: ctx.artifacts.before });
    await waitAlloc(ctx, {
      jobId: id,
      what: `the old shape of ${id}`,
      deadlineMs: PLACE_MS,
      evalId,
      signal: ctx.signal,
      ready: (allocations) => oldShapeAllocation(ctx, allocations),
    });
  },
};

export const hasTask = (job: { TaskGroups: { Tasks: { Name: string }[] }[] }, name: string): boolean =>
  job.TaskGroups.some((group) => group.Tasks.some((task) => task.Name === name));

async function register(ctx: MoveContext): Promise<string> {
  const final = await ctx.nomad.parseJob(ctx.artifacts.after);
  const allocations = await ctx.nomad.allocations(ctx.plan.job.id);
  await ctx.journal.record(
    'gate-in.old',
    allocations.filter((alloc) => !isTerminal(alloc)).map((alloc) => alloc.ID),
  );
  await ctx.journal.record('gate-in.at', ctx.clock.now().toISOString());
  const options = { enforceIndex: ctx.plan.job.modifyIndex, submission: ctx.artifacts.after };
  const { evalId } = await ctx.nomad
    .registerJob(movingSpec(final), options)
    .catch((error: unknown) => explainChange(ctx, ctx.artifacts.before, error));
  return evalId;
}

/** Every old allocation has ended and the new one runs. */
function newAllocation(ctx: MoveContext, allocations: readonly Allocation[]): Allocation | undefined {
  const old = new Set(ctx.journal.fact<string[]>('gate-in.old') ?? []);
  if (allocations.some((alloc) => old.has(alloc.ID) && !isTerminal(alloc))) return undefined;
  const fresh = allocations.filter((alloc) => !old.has(alloc.ID) && alloc.DesiredStatus === 'run');
  const broken = fresh.find(driverFailed);
  // Nomad would try again for minutes, with the app down all the while.
  if (broken) throw notReady(ctx, broken);
  return fresh.find((alloc) => alloc.ClientStatus === 'running');
}

/**
 * The init task leaves a file when it is done: Nomad itself tells a task's end up to a second later, because a client
 * sends such updates in batches (measured). A failed init shows in the allocation.
 */
export async function initDone(ctx: MoveContext, alloc: Allocation): Promise<Allocation> {
  const until = ctx.clock.monotonic() + PLACE_MS;
  while ((await ctx.nomad.readFile(alloc.ID, 'alloc/db-init.done')) === undefined) {
    const now = await ctx.nomad.allocation(alloc.ID);
    const init = now?.TaskStates?.[ctx.plan.target.initTask];
    if (!now || isTerminal(now) || init?.Failed || ctx.clock.monotonic() > until) throw notReady(ctx, now ?? alloc);
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
  return alloc;
}

const notReady = (ctx: MoveContext, alloc: Allocation): DbctlError =>
  new DbctlError('NOMAD_ALLOC_FAILED', 'the dedicated database did not come up', {
    where: `allocation ${alloc.ID}`,
    details: describe(alloc),
    next: `nomad alloc logs ${alloc.ID.slice(0, 8)} ${ctx.plan.target.task}`,
  });

/** Running in the shape without a gate task, every app task up. */
export function oldShapeAllocation(ctx: MoveContext, allocations: readonly Allocation[]): Allocation | undefined {
  const { gateTask } = ctx.plan.target;
  if (allocations.some((alloc) => alloc.TaskStates?.[gateTask] && !isTerminal(alloc))) return undefined;
  return allocations.find(
    (alloc) =>
      alloc.DesiredStatus === 'run' &&
      !alloc.TaskStates?.[gateTask] &&
      ctx.plan.app.tasks.every((task) => alloc.TaskStates?.[task]?.State === 'running'),
  );
}

/** When Nomad told the app to stop: the downtime's start. */
async function recordStop(ctx: MoveContext): Promise<void> {
  const old = ctx.journal.fact<string[]>('gate-in.old') ?? [];
  const states = await Promise.all(old.map((id) => ctx.nomad.allocation(id)));
  const times = states.flatMap((alloc) =>
    ctx.plan.app.tasks.map((task) => eventTime(alloc?.TaskStates?.[task], 'Killing')),
  );
  const known = times.filter((time) => time !== undefined);
  if (known.length > 0) await ctx.journal.record('gate-in.stopped', new Date(Math.min(...known)).toISOString());
}
