import { type Check, checksOf, type Found, found } from './check.js';
import { jobsOf } from './jobs-of.js';

const check = checksOf('nomad', ['nomad-token']);

const DENIED: ReadonlySet<string> = new Set(['NOMAD_DENIED', 'NAMESPACE_NOT_FOUND']);

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
          fix: `client { max_kill_timeout = "${Math.ceil(seconds)}s" } in the agent's configuration, then restart the agent; or kill_timeout = "${maxKillTimeout}s" in the job, which says what it gets`,
        })),
        `${maxKillTimeout} s`,
      );
    },
  }),
];

const isBefore = (version: string, [major, minor]: readonly [number, number]): boolean => {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
};
