import type { Allocation } from '../../ports/nomad.js';
import { type Check, checksOf, type Found, found } from './check.js';
import { jobsOf } from './jobs-of.js';

const check = checksOf('nomad', ['nomad-token']);

/** Restarts of one task in one allocation: one or two happen, more are a loop. */
const MANY_RESTARTS = 3;
/** What ended a day ago is no loop. */
const RECENT_MS = 24 * 3_600_000;

/** What runs. Told behind whatever keeps a task from running: a secret, its data, a port. */
export const RUNS_CHECKS: readonly Check[] = [
  check({
    id: 'allocation-running',
    title: 'every group of our jobs runs as often as it should',
    why: 'an app or database that does not run serves nobody',
    reads: ['cluster'],
    look: ({ cluster, inventory }) =>
      found(
        jobsOf(inventory, cluster.jobs).flatMap(({ job, service }) =>
          (job.Type ?? 'service') !== 'service'
            ? []
            : job.TaskGroups.flatMap((group): Found[] => {
                const running = liveOf(cluster.allocations, job.ID, group.Name);
                const wanted = group.Count ?? 1;
                if (running.length >= wanted) return [];
                return [
                  {
                    level: 'fail',
                    service,
                    evidence: `job ${job.ID}, group ${group.Name}: ${running.length} of ${wanted} run`,
                    fix: `nomad job status ${job.ID}; it tells why nothing is placed, or which task failed`,
                  },
                ];
              }),
        ),
        `${jobsOf(inventory, cluster.jobs).length} jobs run`,
      ),
  }),
  check({
    id: 'allocation-single',
    title: 'one server per database',
    why: 'with two running allocations nobody can say which server holds the rows',
    reads: ['cluster'],
    look: ({ cluster, inventory }) =>
      found(
        jobsOf(inventory, cluster.jobs).flatMap(({ job, service }) => {
          const servers = cluster.allocations.filter(
            (alloc) => alloc.JobID === job.ID && alloc.TaskStates?.['postgres']?.State === 'running' && isLive(alloc),
          );
          return servers.length < 2
            ? []
            : [
                {
                  level: 'fail',
                  service,
                  evidence: `job ${job.ID}: ${servers.length} servers run (${servers.map(({ ID }) => ID.slice(0, 8)).join(', ')})`,
                  fix: `nomad job status ${job.ID}; stop the one that should not be: nomad alloc stop <id>`,
                } as const,
              ];
        }),
        'no job has two',
      ),
  }),
  check({
    id: 'task-restarts',
    title: 'tasks do not restart again and again',
    why: 'a loop hides the first error, and each round costs the app its connections',
    reads: ['cluster'],
    look: ({ cluster, inventory, now }) =>
      found(
        tasksOf(cluster.allocations, inventory.shared.job, jobsOf(inventory, cluster.jobs))
          .filter(({ restarts, last }) => restarts >= MANY_RESTARTS && !(now.getTime() - last > RECENT_MS))
          .map(({ job, task, restarts, alloc, service }) => ({
            level: 'warn',
            service,
            evidence: `job ${job}, task ${task} was restarted ${restarts} times`,
            fix: `nomad alloc logs -stderr ${alloc.slice(0, 8)} ${task} tells why; a day later, or with a new allocation (nomad alloc stop ${alloc.slice(0, 8)}), it is no news any more`,
          })),
        'no task does',
      ),
  }),
  check({
    id: 'deployment-healthy',
    title: 'the last deployment of our jobs went well',
    why: 'with auto_revert an unhealthy one brings the job from before back, without the database that belongs to it',
    reads: ['cluster'],
    look: ({ cluster, inventory }) =>
      found(
        jobsOf(inventory, cluster.jobs).flatMap(({ job, service }) =>
          cluster.allocations
            .filter((alloc) => alloc.JobID === job.ID && isLive(alloc) && alloc.DeploymentStatus?.Healthy === false)
            .map((alloc) => ({
              level: 'warn' as const,
              service,
              evidence: `job ${job.ID}: allocation ${alloc.ID.slice(0, 8)} did not become healthy in time`,
              fix: `nomad job deployments ${job.ID}; then nomad alloc status ${alloc.ID.slice(0, 8)}`,
            })),
        ),
        'all healthy',
      ),
  }),
];

export const isLive = ({ ClientStatus, DesiredStatus }: Allocation): boolean =>
  DesiredStatus === 'run' && (ClientStatus === 'running' || ClientStatus === 'pending' || ClientStatus === 'unknown');

const liveOf = (allocations: readonly Allocation[], job: string, group: string): Allocation[] =>
  allocations.filter((alloc) => alloc.JobID === job && alloc.TaskGroup === group && alloc.ClientStatus === 'running');

interface TaskLook {
  readonly job: string;
  readonly task: string;
  readonly alloc: string;
  readonly restarts: number;
  /** Milliseconds since 1970; NaN where Nomad does not tell. */
  readonly last: number;
  readonly service: string | null;
}

const tasksOf = (
  allocations: readonly Allocation[],
  shared: string,
  jobs: readonly { readonly job: { readonly ID: string }; readonly service: string | null }[],
): TaskLook[] =>
  allocations.filter(isLive).flatMap(({ ID, JobID, TaskStates }) => {
    const own = jobs.find(({ job }) => job.ID === JobID);
    if (own === undefined && JobID !== shared) return [];
    return Object.entries(TaskStates ?? {}).map(([task, { Restarts, LastRestart }]) => ({
      ...{ job: JobID, task, alloc: ID, restarts: Restarts, service: own?.service ?? null },
      last: Date.parse(LastRestart ?? ''),
    }));
  });
