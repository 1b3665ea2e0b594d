import { DbctlError } from '../../errors/dbctl-error.js';
import type { Allocation } from '../../ports/nomad.js';
import { writeState } from '../retire-target.js';
import type { Step } from '../step.js';
import { hasTask } from '../steps/gate-in.js';
import { describe, isTerminal, waitAlloc } from '../wait-alloc.js';
import type { ProvisionContext } from './context.js';

const PLACE_MS = 180_000;
const POLL_MS = 100;
/** Long enough for a token and a first read. */
const SECRET_MS = 25_000;

/** Registers the job with the index that the plan saw, and waits until server and init are done. The gate holds the app. */
export const startStep: Step<ProvisionContext> = {
  id: 'start',
  title: 'Register the job, start the database',
  run: async (ctx) => {
    const { id } = ctx.plan.job;
    const evalId = (await isRegistered(ctx)) ? undefined : await register(ctx);
    const placed = await waitAlloc(ctx, {
      jobId: id,
      what: `the database of ${ctx.plan.service}`,
      deadlineMs: PLACE_MS,
      ...(evalId ? { evalId } : {}),
      signal: ctx.signal,
      ready: (allocations) => allocations.find((alloc) => isNew(ctx, alloc) && alloc.ClientStatus === 'running'),
    });
    await initDone(ctx, placed);
    return {
      summary: `database up in allocation ${placed.ID.slice(0, 8)} on ${placed.NodeName ?? ''}`,
      evidence: { allocation: placed.ID, node: placed.NodeName ?? '', job: id },
    };
  },
  undo: async (ctx) => {
    if (!(await isRegistered(ctx))) return;
    // Best effort: a server that never came up has nothing to put aside.
    await writeState(ctx, `retired ${ctx.run}`).catch(() => undefined);
    await takeBack(ctx);
  },
};

async function isRegistered(ctx: ProvisionContext): Promise<boolean> {
  const running = await ctx.nomad.job(ctx.plan.job.id);
  const known = ctx.journal.fact<number>('start.index');
  if (!running || running.Stop === true || !hasTask(running, ctx.plan.target.task)) return false;
  // A cut between the registration and its record: the job has our database, and had none when this run began.
  return known !== undefined || ctx.journal.fact<boolean>('start.begun') === true;
}

async function register(ctx: ProvisionContext): Promise<string> {
  const { id, modifyIndex } = ctx.plan.job;
  const job = await ctx.nomad.parseJob(ctx.artifacts.after);
  const { errors } = await ctx.nomad.validateJob(job);
  if (errors.length > 0)
    throw new DbctlError('JOBSPEC_UNSUPPORTED', 'Nomad does not accept the jobspec', {
      where: ctx.artifacts.path,
      details: errors,
    });
  const old = (await ctx.nomad.allocations(id)).map((alloc) => alloc.ID);
  await ctx.journal.record('start.old', old);
  await ctx.journal.record('start.begun', true);
  const options = { enforceIndex: modifyIndex, submission: ctx.artifacts.after };
  const { evalId, jobModifyIndex } = await ctx.nomad.registerJob(job, options);
  await ctx.journal.record('start.index', jobModifyIndex);
  return evalId;
}

const isNew = (ctx: ProvisionContext, alloc: Allocation): boolean =>
  alloc.DesiredStatus === 'run' && !(ctx.journal.fact<string[]>('start.old') ?? []).includes(alloc.ID);

/** The file that init leaves counts: Nomad tells a task's end up to a second late. Two failed tries are no accident. */
async function initDone(ctx: ProvisionContext, alloc: Allocation): Promise<void> {
  const { initTask, task } = ctx.plan.target;
  const begun = ctx.clock.monotonic();
  const until = begun + PLACE_MS;
  while ((await ctx.nomad.readFile(alloc.ID, 'alloc/db-init.done')) === undefined) {
    const now = (await ctx.nomad.allocation(alloc.ID)) ?? alloc;
    const failing = [task, initTask].find((name) => {
      const state = now.TaskStates?.[name];
      return state?.Failed === true || (state?.Restarts ?? 0) >= 2;
    });
    if (ctx.clock.monotonic() > begun + SECRET_MS) requireSecret(ctx, now);
    if (failing !== undefined || isTerminal(now) || ctx.clock.monotonic() > until)
      throw await notReady(ctx, now, failing ?? task);
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}

/** A template that waits for Vault shows only as an event; it goes on waiting for ever. */
function requireSecret(ctx: ProvisionContext, alloc: Allocation): void {
  const init = alloc.TaskStates?.[ctx.plan.target.initTask];
  const last = init?.Events.at(-1)?.DisplayMessage ?? '';
  if (init?.State !== 'pending' || !last.includes('vault.read')) return;
  throw new DbctlError('VAULT_DENIED', 'Vault does not give the job its password', {
    where: `job ${ctx.plan.job.id}, task ${ctx.plan.target.initTask}`,
    value: last,
    next: `let job ${ctx.plan.job.id} read ${ctx.plan.secret.where}, by its policy or by a role named in vault.role of dbctl.yaml`,
  });
}

async function notReady(ctx: ProvisionContext, alloc: Allocation, task: string): Promise<DbctlError> {
  const log = await ctx.nomad.taskLog(alloc.ID, task, 'stderr', 2000).catch(() => '');
  const lines = log.trim().split('\n').slice(-6);
  return new DbctlError('NOMAD_ALLOC_FAILED', 'the database did not come up', {
    where: `task ${task} of allocation ${alloc.ID}`,
    details: [...describe(alloc), ...lines.filter((line) => line !== '')],
    next: `nomad alloc logs -stderr ${alloc.ID.slice(0, 8)} ${task}`,
  });
}

/** The job as it was: away, stopped, or running its old text. */
async function takeBack(ctx: ProvisionContext): Promise<void> {
  const { id, modifyIndex } = ctx.plan.job;
  const { before, after, wasStopped } = ctx.artifacts;
  if (modifyIndex === 0) await ctx.nomad.purgeJob(id);
  else {
    const source = before ?? after;
    const job = await ctx.nomad.parseJob(source);
    const index = (await ctx.nomad.job(id))?.JobModifyIndex ?? 0;
    await ctx.nomad.registerJob(
      { ...job, ...(wasStopped ? { Stop: true } : {}) },
      { enforceIndex: index, submission: source },
    );
  }
  const ours = (await ctx.nomad.allocations(id)).filter((alloc) => isNew(ctx, alloc) && !isTerminal(alloc));
  const until = ctx.clock.monotonic() + PLACE_MS;
  for (const alloc of ours) {
    while (ctx.clock.monotonic() < until) {
      const now = await ctx.nomad.allocation(alloc.ID);
      if (!now || isTerminal(now)) break;
      await ctx.clock.sleep(POLL_MS, ctx.signal);
    }
  }
}
