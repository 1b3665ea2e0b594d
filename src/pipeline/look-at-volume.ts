import { DbctlError } from '../errors/dbctl-error.js';
import type { MoveContext } from './context.js';
import { describe, isTerminal } from './wait-alloc.js';

const LOOK_MS = 120_000;
const POLL_MS = 200;

/** What the look left behind: what the volume holds, and the first word of the service's state file. */
export type VolumeLook = readonly [found: string, state: string];

/**
 * Why a server must not be started on such a volume; `undefined` when it may. A cluster is only welcome where the state
 * file says that a way back has retired it: the server's entry script then puts it aside.
 */
export function volumeProblem([found, state]: VolumeLook): string | undefined {
  switch (found) {
    case 'empty':
      return undefined;
    case 'cluster':
      return state === 'retired' ? undefined : 'it holds a PostgreSQL cluster';
    case 'other':
      return state === 'retired' ? undefined : 'it holds files that are not of dbctl';
    case 'unreadable':
      return 'the postgres user cannot read it';
    default:
      return 'what it holds could not be told';
  }
}

/**
 * Volumes that dbctl does not make are looked into by a throwaway job that mounts them read-only, before anything else
 * happens. Throws VOLUME_HOLDS_DATA. Nothing is left of the job.
 */
export async function requireFreeVolume(ctx: MoveContext): Promise<void> {
  const { look } = ctx.artifacts;
  if (!look) return;
  try {
    const problem = volumeProblem(await lookInto(ctx, look));
    if (problem === undefined) return;
    throw new DbctlError('VOLUME_HOLDS_DATA', `the data volume is not free: ${problem}`, {
      where: `volume ${ctx.plan.target.volume.source} on ${ctx.plan.node.name}`,
      next: 'empty it only if no server ever used it; else set volume.name of the service to another one in dbctl.yaml',
    });
  } finally {
    await ctx.nomad.purgeJob(look.jobId);
  }
}

async function lookInto(ctx: MoveContext, look: NonNullable<MoveContext['artifacts']['look']>): Promise<VolumeLook> {
  if (!(await ctx.nomad.job(look.jobId))) {
    const job = await ctx.nomad.parseJob(look.source);
    await ctx.nomad.registerJob(job, { enforceIndex: 0, submission: look.source });
  }
  const until = ctx.clock.monotonic() + LOOK_MS;
  for (;;) {
    const [alloc] = await ctx.nomad.allocations(look.jobId);
    const text = alloc && isTerminal(alloc) ? await ctx.nomad.readFile(alloc.ID, 'alloc/look') : undefined;
    if (text !== undefined) return wordsOf(text);
    if (alloc?.ClientStatus === 'failed' || ctx.clock.monotonic() > until)
      throw new DbctlError('NOMAD_ALLOC_FAILED', 'the data volume could not be looked into', {
        where: `job ${look.jobId}`,
        details: alloc ? describe(alloc) : ['no allocation: is the volume on that node?'],
        next: `nomad job status ${look.jobId}`,
      });
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}

function wordsOf(text: string): VolumeLook {
  const [found = '', state = ''] = text.trim().split(' ');
  return [found, state];
}
