import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import { SEEK_READY, seekJobId, TASKS } from '../../plan/names.js';
import type { Allocation, JobSource } from '../../ports/nomad.js';
import type { MoveContext } from '../context.js';
import type { Toolbox } from '../live.js';
import { describe, isTerminal, taskState, waitAlloc } from '../wait-alloc.js';

/** An image and two programs over a slow line. */
const READY_MS = 600_000;
const GONE_MS = 30_000;
const POLL_MS = 200;

export interface Seeker {
  readonly toolbox: Toolbox;
  /** Operating-system ids of the image's postgres user. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

type SeekJobContext = Pick<MoveContext, 'nomad' | 'clock' | 'signal' | 'run'>;

/** The throwaway job, with rclone and age at hand. Throws TOOLS_UNAVAILABLE in Nomad's own words, NOMAD_UNPLACED. */
export async function startSeek(ctx: SeekJobContext, source: JobSource): Promise<Seeker> {
  const jobId = seekJobId(ctx.run);
  const { evalId } = await ctx.nomad.registerJob(await ctx.nomad.parseJob(source), {
    enforceIndex: 0,
    submission: source,
  });
  try {
    const placed = await waitAlloc(ctx, {
      ...{ jobId, evalId, what: 'the look for copies elsewhere', deadlineMs: READY_MS, signal: ctx.signal },
      ready: (allocations) => allocations.find((alloc) => taskState(alloc, TASKS.toolbox)?.State === 'running'),
    });
    return { toolbox: { allocId: placed.ID, task: TASKS.toolbox }, owner: await ready(ctx, placed) };
  } catch (error) {
    if (!isDbctlError(error, 'NOMAD_ALLOC_FAILED')) throw error;
    throw await unavailable(ctx, jobId, error);
  }
}

async function ready(ctx: SeekJobContext, { ID }: Allocation): Promise<Seeker['owner']> {
  const until = ctx.clock.monotonic() + READY_MS;
  for (;;) {
    const said = await ctx.nomad.readFile(ID, `alloc/dbctl/${SEEK_READY}`);
    const [, uid, gid] = /^(\d+) (\d+)\n$/.exec(said ?? '') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
    const now = await ctx.nomad.allocation(ID);
    if (!now || isTerminal(now) || ctx.clock.monotonic() > until)
      throw new DbctlError('NOMAD_ALLOC_FAILED', 'the look for copies elsewhere did not start', {
        where: `allocation ${ID}`,
        details: now ? describe(now) : [],
      });
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}

async function unavailable(ctx: SeekJobContext, jobId: string, cause: DbctlError): Promise<DbctlError> {
  const [failed] = await ctx.nomad.allocations(jobId);
  const log = failed ? await ctx.nomad.taskLog(failed.ID, TASKS.toolbox, 'stderr', 2_000).catch(() => '') : '';
  return new DbctlError('TOOLS_UNAVAILABLE', 'rclone and age cannot be started on this cluster', {
    where: `job ${jobId}`,
    details: [...cause.details, ...log.split('\n').filter((line) => line !== '')],
    next: 'look at url and sha256 of backup.tools in dbctl.yaml, then again',
    cause,
  });
}

/** Also after an interrupt, so without its signal. Absent is success. */
export async function stopSeek({ nomad, clock }: Omit<SeekJobContext, 'signal' | 'run'>, run: string): Promise<void> {
  const jobId = seekJobId(run);
  await nomad.purgeJob(jobId);
  const until = clock.monotonic() + GONE_MS;
  while (clock.monotonic() < until && (await nomad.allocations(jobId)).some((alloc) => !isTerminal(alloc)))
    await clock.sleep(POLL_MS, AbortSignal.timeout(GONE_MS));
}
