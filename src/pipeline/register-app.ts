import { DbctlError } from '../errors/dbctl-error.js';
import type { Allocation, JobSource, NomadJob } from '../ports/nomad.js';
import { allCopies } from './app-copies.js';
import type { MoveContext } from './context.js';
import { movingSpec } from './moving-spec.js';
import { waitAlloc } from './wait-alloc.js';

export async function runningJob(ctx: MoveContext): Promise<NomadJob> {
  const { id } = ctx.plan.job;
  const running = await ctx.nomad.job(id);
  if (running) return running;
  throw new DbctlError('JOB_NOT_FOUND', 'the job is gone', {
    where: `job ${id}`,
    next: `dbctl plan ${ctx.plan.service}`,
  });
}

/** Whether the job runs from that very text: the live system's own word on which side of a switch it is. */
export async function runsFrom(ctx: MoveContext, job: NomadJob, source: JobSource): Promise<boolean> {
  if (job.Stop === true) return false;
  return (await ctx.nomad.submission(job.ID, job.Version ?? 0))?.Source === source.Source;
}

/**
 * Registers the app's text with long deadlines and without canaries (the plain text follows when all is well), and waits
 * until every copy runs from it. Already registered is success. `enforceIndex` is the last index that this run has seen or made: anything newer is
 * somebody else's, and throws JOB_CHANGED.
 */
export async function registerApp(
  ctx: MoveContext,
  source: JobSource,
  options: { enforceIndex: number; deadlineMs: number; what: string },
): Promise<Allocation> {
  const { id } = ctx.plan.job;
  let evalId: string | undefined;
  if (!(await runsFrom(ctx, await runningJob(ctx), source))) {
    const job = movingSpec(await ctx.nomad.parseJob(source));
    evalId = (await ctx.nomad.registerJob(job, { enforceIndex: options.enforceIndex, submission: source })).evalId;
  }
  const version = (await runningJob(ctx)).Version ?? 0;
  return await waitAlloc(ctx, {
    jobId: id,
    what: options.what,
    deadlineMs: options.deadlineMs,
    ...(evalId ? { evalId } : {}),
    signal: ctx.signal,
    ready: (allocations) => allCopies(ctx, allocations, version)?.[0],
  });
}
