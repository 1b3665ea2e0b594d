import { RUN_ID } from '../../plan/names.js';
import type { HostVolume } from '../../ports/nomad.js';
import type { MovePorts } from '../context.js';
import type { Toolbox } from '../live.js';
import { createVolume, deleteWhenFree, findVolume } from '../steps/stage.js';
import { databaseReady, isTerminal, waitAlloc } from '../wait-alloc.js';
import type { DrillContext } from './context.js';

const PLACE_MS = 180_000;
const GONE_MS = 60_000;
const POLL_MS = 200;

/** The throwaway server, up and empty. Throws NOMAD_UNPLACED, NOMAD_ALLOC_FAILED. */
export async function startDrill(ctx: DrillContext): Promise<Toolbox> {
  const { job: jobId, volume, toolbox } = ctx.plan.target;
  if (!(await findVolume(ctx, volume.source))) await createVolume(ctx, volume.source, 'data');
  const job = await ctx.nomad.parseJob(ctx.source);
  const { evalId } = await ctx.nomad.registerJob(job, { enforceIndex: 0, submission: ctx.source });
  const alloc = await waitAlloc(ctx, {
    ...{ jobId, evalId, what: 'the drill', deadlineMs: PLACE_MS, signal: ctx.signal },
    ready: (allocations) => allocations.find((entry) => databaseReady(entry, ctx.plan.target)),
  });
  return { allocId: alloc.ID, task: toolbox };
}

type ClearContext = Pick<MovePorts, 'nomad' | 'clock'>;

const prefixOf = (service: string): string => `dbctl-drill-${service}-`;

/** Of that very service: another one's name may begin alike. */
export const isDrillOf = (service: string, name: string): boolean =>
  name.startsWith(prefixOf(service)) && RUN_ID.test(name.slice(prefixOf(service).length));

/**
 * Takes away every job and volume of the service's drills: under the drill's lock nobody is at work with them. Also after an
 * interrupt, so without its signal. Absent is success.
 */
export async function clearDrills(ctx: ClearContext, service: string): Promise<string[]> {
  const jobs = (await ctx.nomad.listJobs()).map(({ ID }) => ID).filter((id) => isDrillOf(service, id));
  for (const id of jobs) await purge(ctx, id);
  const volumes = (await ctx.nomad.hostVolumes()).filter(({ Name }) => isDrillOf(service, Name));
  for (const volume of volumes) await remove(ctx, volume);
  return [...new Set([...jobs, ...volumes.map(({ Name }) => Name)])];
}

async function purge({ nomad, clock }: ClearContext, id: string): Promise<void> {
  await nomad.purgeJob(id);
  const until = clock.monotonic() + GONE_MS;
  while (clock.monotonic() < until && (await nomad.allocations(id)).some((alloc) => !isTerminal(alloc)))
    await clock.sleep(POLL_MS, AbortSignal.timeout(GONE_MS));
}

const remove = ({ nomad, clock }: ClearContext, { ID }: HostVolume): Promise<void> =>
  deleteWhenFree({ nomad, clock, signal: AbortSignal.timeout(GONE_MS) }, ID);
