import { isDbctlError } from '../../errors/dbctl-error.js';
import type { ClusterLook, LogLook } from '../../plan/doctor/facts.js';
import { jobsOf } from '../../plan/doctor/jobs-of.js';
import type { Allocation, NomadTask, TaskState } from '../../ports/nomad.js';
import type { LookDeps } from './deps.js';

const BYTES = 8_192;
/** A log is read over Nomad's fs API: of a task that ended, too. */
const MOST = 16;
/** A task that restarts again and again hardly runs longer. */
const SETTLED_MS = 30_000;

/** Ends of the logs of tasks that failed or do not come up, and of those that make databases. */
export async function logLooks(deps: LookDeps, cluster: ClusterLook): Promise<LogLook[]> {
  const jobs = jobsOf({ ...deps.inventory, services: deps.services }, cluster.jobs);
  const wanted = jobs.flatMap(({ job }) => {
    const alloc = newest(cluster.allocations.filter(({ JobID }) => JobID === job.ID));
    if (alloc === undefined) return [];
    return job.TaskGroups.filter(({ Name }) => Name === alloc.TaskGroup)
      .flatMap(({ Tasks }) => Tasks)
      .filter((task) => isWorthReading(task, alloc.TaskStates?.[task.Name], deps.clock.now()))
      .map((task) => ({ job: job.ID, task: task.Name, allocId: alloc.ID }));
  });
  return await Promise.all(wanted.slice(0, MOST).map(async (one) => ({ ...one, text: await tails(deps, one) })));
}

const newest = (allocations: readonly Allocation[]): Allocation | undefined =>
  allocations.toSorted((a, b) => b.CreateIndex - a.CreateIndex)[0];

/** A task that runs well again has old words in its log: they are no news. */
const isWorthReading = ({ Name, Lifecycle }: NomadTask, state: TaskState | undefined, now: Date): boolean => {
  if (state === undefined) return false;
  const unwell = state.State !== 'running' || now.getTime() - Date.parse(state.StartedAt ?? '') < SETTLED_MS;
  return state.Failed || (state.Restarts > 0 && unwell) || (Lifecycle != null && /init/.test(Name));
};

async function tails(
  { nomad }: LookDeps,
  { allocId, task }: { readonly allocId: string; readonly task: string },
): Promise<string> {
  const both = await Promise.all(
    (['stdout', 'stderr'] as const).map((stream) => nomad.taskLog(allocId, task, stream, BYTES).catch(whenGone)),
  );
  return both.join('\n');
}

/** Nomad removes logs with their allocation. */
const whenGone = (error: unknown): string => {
  if (isDbctlError(error, 'NOMAD_REJECTED') || isDbctlError(error, 'NOMAD_UNAVAILABLE')) return '';
  throw error;
};
