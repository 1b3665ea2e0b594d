import { DbctlError } from '../errors/dbctl-error.js';
import type { Allocation } from '../ports/nomad.js';
import type { MoveContext } from './context.js';
import { runningAlloc } from './live.js';
import { isTerminal } from './wait-alloc.js';

export const isOwnJob = (ctx: Pick<MoveContext, 'plan'>): boolean => ctx.plan.target.placement === 'own-job';

/**
 * Every copy of every group that uses the database, when all of them run in that version of the job and none of another
 * version is left; `undefined` before. For apps whose database is in another job: no task of theirs tells old from new.
 */
export function allCopies(
  { plan }: Pick<MoveContext, 'plan'>,
  allocations: readonly Allocation[],
  version: number,
): Allocation[] | undefined {
  const copies = plan.app.groups.flatMap(({ name, count, tasks }) => {
    const own = allocations.filter((alloc) => alloc.TaskGroup === name && !isTerminal(alloc));
    const good = own.filter(
      (alloc) =>
        alloc.DesiredStatus === 'run' &&
        alloc.JobVersion === version &&
        tasks.every((task) => alloc.TaskStates?.[task]?.State === 'running'),
    );
    return own.length === good.length && good.length >= count ? [good] : [];
  });
  return copies.length === plan.app.groups.length ? copies.flat() : undefined;
}

/** The allocations that run the app now. Throws DATABASE_UNAVAILABLE or NOMAD_ALLOC_FAILED when there are none. */
export async function appAllocations(ctx: MoveContext): Promise<Allocation[]> {
  const { id } = ctx.plan.job;
  if (!isOwnJob(ctx)) return [await runningAlloc(ctx, id, ctx.plan.target.toolbox)];
  const groups = new Set(ctx.plan.app.groups.map(({ name }) => name));
  const running = (await ctx.nomad.allocations(id)).filter(
    (alloc) => groups.has(alloc.TaskGroup) && alloc.DesiredStatus === 'run' && alloc.ClientStatus === 'running',
  );
  if (running.length > 0) return running;
  throw new DbctlError('NOMAD_ALLOC_FAILED', 'no allocation of the app runs', {
    where: `job ${id}`,
    next: `nomad job status ${id}`,
  });
}
