import type { Allocation } from '../../ports/nomad.js';
import { type Check, checksOf, type Found, found } from './check.js';
import { jobsOf } from './jobs-of.js';

const check = checksOf('nomad', ['nomad-token']);

const DENIED: ReadonlySet<string> = new Set(['NOMAD_DENIED', 'NAMESPACE_NOT_FOUND']);
/** Restarts of one task in one allocation: one or two happen, more are a loop. */
const MANY_RESTARTS = 3;

export const NOMAD_CHECKS: readonly Check[] = [
  check({
    id: 'nomad-reachable',
    title: 'Nomad answers',
    why: 'nothing can be seen or changed without it',
    needs: [],
    reads: ['nomad'],
    look: ({ nomad: { problem, address } }) =>
      problem !== null && !DENIED.has(problem.code)
        ? [{ level: 'fail', evidence: problem.text, fix: problem.next }]
        : `it answers${address === null ? '' : ` at ${address}`}`,
  }),
  check({
    id: 'nomad-token',
    title: 'the token may list jobs in its namespace',
    why: 'a token without rights sees an empty cluster, or none',
    needs: ['nomad-reachable'],
    reads: ['nomad'],
    look: ({ nomad: { problem } }) =>
      problem === null ? 'it may list jobs' : [{ level: 'fail', evidence: problem.text, fix: problem.next }],
  }),
  check({
    id: 'nomad-nodes',
    title: 'nodes are ready and take work',
    why: 'a database is bound to the node of its volume: it cannot move away from one that is down or drained',
    reads: ['cluster'],
    look: ({ cluster: { nodes } }) =>
      found(
        nodes.flatMap((node): Found[] => {
          if (node.status !== 'ready')
            return [
              {
                level: 'fail',
                evidence: `node ${node.name} is ${node.status}`,
                fix: `start its Nomad client; nomad node status ${node.id.slice(0, 8)}`,
              },
            ];
          return node.eligibility === 'eligible'
            ? []
            : [
                {
                  level: 'warn',
                  evidence: `node ${node.name} takes no new work (${node.eligibility})`,
                  fix: `nomad node eligibility -enable ${node.id.slice(0, 8)}, when it is ready for work again`,
                },
              ];
        }),
        `${nodes.length} ready`,
      ),
  }),
  check({
    id: 'nomad-version',
    title: 'Nomad is new enough',
    why: 'dynamic host volumes came with 1.10, workload identity for Vault with 1.7',
    reads: ['cluster'],
    look: ({ cluster: { nodes } }) =>
      found(
        nodes
          .filter(({ nomadVersion }) => nomadVersion !== '' && isBefore(nomadVersion, [1, 10]))
          .map(({ name, nomadVersion }) => ({
            level: 'warn',
            evidence: `node ${name} runs Nomad ${nomadVersion}`,
            fix: 'upgrade to 1.10 or later, or use volume: { kind: host } and make the volumes yourself',
          })),
        [...new Set(nodes.map(({ nomadVersion }) => nomadVersion))].join(', ') || 'no node tells its version',
      ),
  }),
  check({
    id: 'driver-healthy',
    title: 'the task drivers that databases use are well',
    why: 'a task whose driver is not well is never placed, and one that runs cannot be restarted',
    reads: ['cluster'],
    look: ({ cluster: { nodes }, inventory }) => {
      const used = new Set<string>(inventory.services.map(({ driver }) => driver));
      const sick = nodes.flatMap(({ name, sickDrivers }) =>
        sickDrivers.filter((driver) => used.has(driver.name)).map((driver) => ({ node: name, ...driver })),
      );
      return found(
        sick.map(({ node, name, says }) => ({
          level: 'fail',
          evidence: `driver ${name} on node ${node} is not well${says === '' ? '' : `: ${says}`}`,
          fix: name === 'docker' ? 'systemctl status docker on that node' : `nomad node status ${node}, its log`,
        })),
        [...used].join(', ') || 'no service uses one',
      );
    },
  }),
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
    look: ({ cluster, inventory }) =>
      found(
        tasksOf(cluster.allocations, inventory.shared.job, jobsOf(inventory, cluster.jobs))
          .filter(({ restarts }) => restarts >= MANY_RESTARTS)
          .map(({ job, task, restarts, alloc, service }) => ({
            level: 'warn',
            service,
            evidence: `job ${job}, task ${task} was restarted ${restarts} times`,
            fix: `nomad alloc logs -stderr ${alloc.slice(0, 8)} ${task}`,
          })),
        'no task does',
      ),
  }),
  check({
    id: 'max-kill-timeout',
    title: 'the client lets a server shut down',
    why: 'a client with a smaller max_kill_timeout kills PostgreSQL before it has written everything, and the next start recovers',
    reads: ['cluster'],
    look: ({ cluster: { maxKillTimeout, jobs }, inventory }) => {
      if (maxKillTimeout === null) return { unknown: 'the agent does not tell its max_kill_timeout' };
      const longer = jobsOf(inventory, jobs).flatMap(({ job, service }) =>
        job.TaskGroups.flatMap(({ Tasks }) => Tasks)
          .filter(({ KillTimeout = 0 }) => KillTimeout / 1e9 > maxKillTimeout)
          .map(({ Name, KillTimeout = 0 }) => ({ job: job.ID, task: Name, seconds: KillTimeout / 1e9, service })),
      );
      return found(
        longer.map(({ job, task, seconds, service }) => ({
          level: 'warn',
          service,
          evidence: `job ${job}, task ${task} asks for ${seconds} s, the client gives ${maxKillTimeout} s`,
          fix: `client { max_kill_timeout = "${Math.ceil(seconds)}s" } in the agent's configuration, then restart the agent`,
        })),
        `${maxKillTimeout} s`,
      );
    },
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
    return Object.entries(TaskStates ?? {}).map(([task, { Restarts }]) => ({
      ...{ job: JobID, task, alloc: ID, restarts: Restarts, service: own?.service ?? null },
    }));
  });

const isBefore = (version: string, [major, minor]: readonly [number, number]): boolean => {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
};
