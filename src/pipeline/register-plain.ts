import { DbctlError } from '../errors/dbctl-error.js';
import type { JobSource, NomadJob } from '../ports/nomad.js';
import type { MoveContext } from './context.js';
import { runningJob } from './register-app.js';

const STABLE_MS = 30_000;
const LOOK_MS = 500;

/** Compare-and-set against what runs now. */
export async function registerPlain(ctx: MoveContext, source: JobSource): Promise<void> {
  await register(ctx, await ctx.nomad.parseJob(source), source);
}

/** The text that stays, in place of one that did its work and runs well: nothing of dbctl's waits behind it. */
export async function registerLast(ctx: MoveContext, source: JobSource): Promise<void> {
  const job = await ctx.nomad.parseJob(source);
  if (autoReverts(job)) await untilStable(ctx);
  await register(ctx, job, source);
}

async function register(ctx: MoveContext, job: NomadJob, source: JobSource): Promise<void> {
  const running = await ctx.nomad.job(ctx.plan.job.id);
  if (!running) throw new DbctlError('JOB_NOT_FOUND', 'the job is gone', { where: `job ${ctx.plan.job.id}` });
  await ctx.nomad.registerJob(job, { enforceIndex: running.JobModifyIndex ?? 0, submission: source });
}

/** A group has the job's `update` block with its own on top: Nomad's parser has merged them. */
export function autoReverts(job: NomadJob): boolean {
  return job.TaskGroups.some((group) => group.Update?.['AutoRevert'] === true);
}

/**
 * With `auto_revert` in the operator's text Nomad goes back to the newest version that it has marked as stable. Until the one
 * that runs is that, it would be one from before: registered two seconds after the app had started, the move's own deployment
 * was cancelled and never became stable (seen of Nomad 1.11.1). The app runs meanwhile.
 */
async function untilStable(ctx: MoveContext): Promise<void> {
  const until = ctx.clock.monotonic() + STABLE_MS;
  while ((await runningJob(ctx))['Stable'] === false) {
    if (ctx.clock.monotonic() >= until) {
      ctx.note(`Nomad has not marked job ${ctx.plan.job.id} as stable: watch its deployment, nomad job deployments`);
      return;
    }
    await ctx.clock.sleep(LOOK_MS, ctx.signal);
  }
}
