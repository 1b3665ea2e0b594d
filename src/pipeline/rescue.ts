import { DbctlError } from '../errors/dbctl-error.js';
import type { MoveContext } from './context.js';
import type { Toolbox } from './live.js';
import { isTerminal, taskState, waitAlloc } from './wait-alloc.js';

const PLACE_MS = 60_000;
const GONE_MS = 60_000;
const POLL_MS = 200;

/**
 * A toolbox that depends on nothing of the dedicated database but its backup volume; started where it does not run yet.
 * Throws NOMAD_UNPLACED, NOMAD_ALLOC_FAILED when that volume or its node is gone as well.
 */
export async function rescueToolbox(ctx: MoveContext): Promise<Toolbox> {
  const { jobId, source } = rescueJob(ctx);
  const task = ctx.plan.target.toolbox;
  const running = await ctx.nomad.job(jobId);
  const evalId =
    running && running.Stop !== true
      ? undefined
      : (
          await ctx.nomad.registerJob(await ctx.nomad.parseJob(source), {
            enforceIndex: running?.JobModifyIndex ?? 0,
            submission: source,
          })
        ).evalId;
  const alloc = await waitAlloc(ctx, {
    jobId,
    what: 'a toolbox beside the backups',
    deadlineMs: PLACE_MS,
    ...(evalId ? { evalId } : {}),
    signal: ctx.signal,
    ready: (allocations) =>
      allocations.find((entry) => !isTerminal(entry) && taskState(entry, task)?.State === 'running'),
  });
  return { allocId: alloc.ID, task };
}

/** Ends when no allocation of it is left. Absent is success; also after Ctrl-C. */
export async function removeRescue(ctx: MoveContext): Promise<void> {
  const { jobId } = rescueJob(ctx);
  if (!(await ctx.nomad.job(jobId))) return;
  await ctx.nomad.purgeJob(jobId);
  const until = ctx.clock.monotonic() + GONE_MS;
  while ((await ctx.nomad.allocations(jobId)).some((entry) => !isTerminal(entry))) {
    if (ctx.clock.monotonic() > until) return ctx.note(`job ${jobId} has not ended yet`);
    await ctx.clock.sleep(POLL_MS, AbortSignal.timeout(GONE_MS));
  }
}

function rescueJob(ctx: MoveContext): NonNullable<MoveContext['artifacts']['rescue']> {
  const { rescue } = ctx.artifacts;
  if (rescue) return rescue;
  throw new DbctlError('INTERNAL', 'no toolbox was prepared for the way back', { where: ctx.plan.service });
}
