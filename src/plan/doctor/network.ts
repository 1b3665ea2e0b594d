import type { NomadTaskGroup } from '../../ports/nomad.js';
import { groupNetwork } from '../placement.js';
import { type Check, checksOf, type Found, found } from './check.js';
import { nameOf } from './each-server.js';
import { jobsOf } from './jobs-of.js';
import { logLine } from './log-line.js';

const check = checksOf('network', ['nomad-token']);

export const NETWORK_CHECKS: readonly Check[] = [
  check({
    id: 'port-clash',
    title: 'no two services claim the same port',
    why: 'the second server cannot start, or, worse, the app reaches the other one',
    reads: ['cluster'],
    look: ({ cluster: { ports }, inventory }) =>
      found(
        inventory.services
          .filter(({ port }) => port !== null)
          .flatMap(({ name, job, port }): Found[] => {
            const others = [
              ...inventory.services
                .filter((one) => one.name !== name && one.port === port)
                .map((one) => `service ${one.name} (inventory)`),
              ...ports
                .filter(
                  (use) =>
                    use.port === port &&
                    !use.owner.startsWith(`job ${job} `) &&
                    !use.owner.startsWith(`job ${name}-postgres `),
                )
                .map(({ owner, node }) => `${owner} on ${node}`),
            ];
            return others.length === 0
              ? []
              : [
                  {
                    level: 'fail',
                    service: name,
                    evidence: `port ${port} is also that of ${others.join(', ')}`,
                    fix: `choose another one: services.${name}.port, or leave it out`,
                  },
                ];
          }),
        `${ports.length} ports in use`,
      ),
  }),
  check({
    id: 'connection-refused',
    title: 'no task was refused by its database',
    why: 'the server does not run, or listens on another address than the app was told',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      logLine(
        logs,
        inventory,
        /connection refused|ECONNREFUSED|could not connect to server|No route to host|could not translate host name/i,
        {
          fix: (job) => `nomad service info ${inventory.shared.service}; compare with what job ${job} is told`,
          well: 'none was',
        },
      ),
  }),
  check({
    id: 'address-stale',
    title: 'apps are told the address that is registered',
    why: 'a fixed address outlives the server: "connection refused" after the next restart',
    needs: ['nomad-token', 'shared-registered'],
    reads: ['apps', 'journals', 'registered'],
    look: ({ apps, journals, registered: { shared } }) =>
      found(
        apps.flatMap(({ service, environments }): Found[] => {
          if (shared === null || journals.find((one) => one.service === service)?.own === true) return [];
          return environments
            .filter(
              ({ host, port, unreadable, starting }) =>
                unreadable === null &&
                starting === undefined &&
                isIp(host) &&
                (host !== shared.host || (port ?? 5432) !== shared.port),
            )
            .map(({ task, host, port }) => ({
              level: 'fail',
              service,
              evidence: `task ${task} is told ${host}:${port ?? 5432}, the shared instance is at ${shared.host}:${shared.port}`,
              fix: 'look the address up in a template (range nomadService, or range service), then nomad job restart',
            }));
        }),
        'they are',
      ),
  }),
  check({
    id: 'listen-address',
    title: 'the shared instance listens where it is registered',
    why: 'clients are sent to an address on which nobody listens',
    needs: ['shared-answers', 'shared-registered'],
    reads: ['shared', 'registered'],
    look: ({ shared, registered }) => {
      const settings = 'value' in shared.sql ? shared.sql.value.settings : {};
      const at = registered.shared;
      const listens = (settings['listen_addresses'] ?? '').split(',').map((one) => one.trim());
      if (at === null || !isIp(at.host) || at.host.startsWith('127.')) return 'it does';
      const only = listens.every((one) => one === 'localhost' || one.startsWith('127.') || one === '::1');
      const port = settings['port'];
      return only
        ? [
            {
              level: 'fail',
              evidence: `${nameOf(shared)} listens on ${listens.join(', ') || 'no address'} alone, it is registered at ${at.host}:${at.port} (its own port is ${port})`,
              fix: `add -c listen_addresses='*' (or that address) to the task's arguments, then restart it`,
            },
          ]
        : `on ${listens.join(', ')}`;
    },
  }),
  check({
    id: 'network-mode',
    title: 'app and database of one group see the same network',
    why: 'localhost of a container with its own network is not localhost of the host',
    reads: ['cluster'],
    look: ({ cluster: { jobs }, inventory }) =>
      found(
        jobsOf(inventory, jobs).flatMap(({ job, service }) =>
          job.TaskGroups.filter(hasMixedModes).map((group) => ({
            level: 'fail' as const,
            service,
            evidence: `job ${job.ID}, group ${group.Name}: ${group.Tasks.map((task) => `${task.Name} ${modeOf(task)}`).join(', ')}`,
            fix: 'give every task of the group the same network_mode, or set network { mode = "bridge" } for the group',
          })),
        ),
        'they do',
      ),
  }),
  check({
    id: 'dump-task-network',
    title: 'dump tasks can reach the server that they name',
    why: 'a dump from localhost in a network of its own fails every night, and nobody looks',
    reads: ['cluster'],
    look: ({ cluster: { jobs }, inventory }) =>
      found(
        jobsOf(inventory, jobs).flatMap(({ job, service }) =>
          job.TaskGroups.filter((group) => groupNetwork(group) === 'none').flatMap((group) =>
            group.Tasks.filter(
              (task) =>
                modeOf(task) === 'own' &&
                /pg_dump/.test(JSON.stringify([task.Config, task.Templates])) &&
                /localhost|127\.0\.0\.1/.test(JSON.stringify([task.Env, task.Templates, task.Config])),
            ).map((task) => ({
              level: 'fail' as const,
              service,
              evidence: `job ${job.ID}, task ${task.Name} dumps from localhost in a network of its own`,
              fix: 'network_mode = "host" for that task; or dbctl backup deploy-shared, which reads the dump back',
            })),
          ),
        ),
        'they can',
      ),
  }),
  // A password, a closed database or a full disk shows here too: told after them, since each of those names the cause.
  check({
    id: 'checks-passing',
    title: 'the checks of our jobs pass',
    why: 'a failing check takes the address out of the lookups of every app',
    reads: ['registered'],
    look: ({ registered: { failing }, inventory }) =>
      found(
        failing.map(({ job, service, check: name }) => ({
          level: 'fail',
          service: inventory.services.find((one) => one.job === job)?.name ?? null,
          evidence: `job ${job}, service ${service}: check "${name}" fails`,
          fix: `nomad service info ${service}; then nomad alloc checks of its allocation`,
        })),
        'they do',
      ),
  }),
];

const isIp = (host: string | null): boolean => host !== null && /^\d+\.\d+\.\d+\.\d+$/.test(host);

type Task = NomadTaskGroup['Tasks'][number];

/** A container without a mode has a network of its own; exec and raw_exec share the host's. */
const modeOf = ({ Driver, Config }: Task): string => {
  if (Driver !== 'docker' && Driver !== 'podman') return 'host';
  const mode = Config?.['network_mode'];
  return typeof mode === 'string' && mode !== '' ? mode : 'own';
};

/** Only where Nomad gives the group no network that all of its tasks share, and one of them is a server. */
const hasMixedModes = (group: NomadTaskGroup): boolean =>
  group.Tasks.some(({ Name }) => Name === 'postgres') &&
  group.Tasks.some(({ Name, Lifecycle }) => Name !== 'postgres' && Lifecycle == null) &&
  !/^(?:bridge|cni\/)/.test(group.Networks?.[0]?.Mode ?? '') &&
  new Set(group.Tasks.filter(({ Lifecycle }) => Lifecycle == null || Lifecycle.Sidecar).map(modeOf)).size > 1;
