import type { NomadJob, NomadTaskGroup } from '../../ports/nomad.js';
import { settingTexts, tasksNaming } from '../names-instance.js';
import { type Endpoint, isOnHost, upstreamsOf } from './endpoints.js';
import { ENGINES } from './engines.js';
import { taskAt } from './looks.js';
import type { Told } from './told.js';
import type { Engine, Spot, TaskPlace } from './types.js';

export interface Match {
  readonly endpoint: Endpoint;
  /** How it is known, in words. */
  readonly why: string;
}

export interface Surroundings {
  readonly jobs: readonly NomadJob[];
  readonly spots: readonly Spot[];
  readonly endpoints: readonly Endpoint[];
}

/** The server that a task is told, or `undefined` when nothing of this cluster answers to it. Two answers are none. */
export const matchServer = (client: TaskPlace, told: Told, around: Surroundings): Match | undefined => {
  const fitting = around.endpoints.filter(({ engine }) => isFamily(told.engine, engine));
  const within = { ...around, endpoints: fitting };
  if (told.host === null) return byLookup(client, within);
  return isLoopback(told.host) ? byLoopback(client, told, within) : byAddress(client, told, within);
};

/** MariaDB speaks MySQL's protocol; apps name the one and mean the other. */
export const isFamily = (told: Engine | null, engine: Engine): boolean =>
  told === null || told === engine || (told !== 'postgresql' && told !== 'mongodb' && ENGINES[engine].port === 3306);

const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|::1|host\.docker\.internal)$/i.test(host) || host.startsWith('/');

const groupOf = (jobs: readonly NomadJob[], { job, group }: TaskPlace): NomadTaskGroup | undefined =>
  jobs.find(({ ID }) => ID === job)?.TaskGroups.find(({ Name }) => Name === group);

const only = (endpoints: readonly Endpoint[], why: string): Match | undefined => {
  const [one, second] = endpoints;
  return one === undefined || second !== undefined ? undefined : { endpoint: one, why };
};

const isNeighbour = (client: TaskPlace, { place }: Endpoint): boolean =>
  place.job === client.job && place.group === client.group;

const byLoopback = (client: TaskPlace, told: Told, { jobs, spots, endpoints }: Surroundings): Match | undefined => {
  const group = groupOf(jobs, client);
  if (group === undefined) return undefined;
  const upstream = upstreamsOf(group).find(({ port }) => port === told.port);
  if (upstream !== undefined)
    return only(
      endpoints.filter(({ services }) => services.includes(upstream.service)),
      `its mesh sidecar leads to service ${upstream.service}`,
    );
  const beside = endpoints.filter((endpoint) => isNeighbour(client, endpoint) && takesPort(endpoint, told));
  if (beside.length > 0) return only(beside, 'it runs in the same group');
  const task = taskAt(jobs, client);
  if (task === undefined || !(isOnHost(group, task) || told.host === 'host.docker.internal')) return undefined;
  const nodes = spots.filter((spot) => spot.job === client.job && spot.group === client.group);
  return only(
    endpoints.filter(
      (endpoint) =>
        endpoint.spots.some((spot) => nodes.some(({ nodeId }) => nodeId === spot.nodeId)) &&
        (endpoint.onHost
          ? takesPort(endpoint, told)
          : endpoint.spots.some(({ ports }) => ports.includes(portOf(told, endpoint)))),
    ),
    'it listens on the same node',
  );
};

const portOf = (told: Told, { engine }: Endpoint): number => told.port ?? ENGINES[engine].port;

const takesPort = (endpoint: Endpoint, told: Told): boolean => told.port === null || endpoint.ports.includes(told.port);

const byAddress = (client: TaskPlace, told: Told, around: Surroundings): Match | undefined => {
  const host = (told.host ?? '').toLowerCase();
  const { endpoints } = around;
  const named = endpoints.filter(({ services }) => services.some((service) => isDnsOf(host, service.toLowerCase())));
  return (
    only(
      endpoints.filter((endpoint) => registeredAt(endpoint, host, portOf(told, endpoint))),
      `${address(told)} is where it is registered`,
    ) ??
    only(named, `${told.host} is its name`) ??
    only(
      endpoints.filter((endpoint) => placedAt(endpoint, host, portOf(told, endpoint))),
      `${address(told)} is where it runs`,
    ) ??
    only(
      endpoints.filter(({ place }) => place.job === client.job && place.task.toLowerCase() === host),
      `${told.host} is its task`,
    )
  );
};

const address = ({ host, port }: Told): string => (port === null ? `${host}` : `${host}:${port}`);

const registeredAt = ({ instances }: Endpoint, host: string, port: number): boolean =>
  instances.some((instance) => instance.address.toLowerCase() === host && instance.port === port);

const placedAt = ({ spots, ports }: Endpoint, host: string, port: number): boolean =>
  spots.some(
    (spot) =>
      ports.includes(port) &&
      (spot.address === host ||
        host === spot.nodeName.toLowerCase() ||
        host.startsWith(`${spot.nodeName.toLowerCase()}.`)),
  );

/** `db`, `db.service.consul`, `tag.db.service.dc1.consul`, `db.virtual.consul`. */
const isDnsOf = (host: string, service: string): boolean => {
  const name = /^(?:[\w-]+\.)?([\w-]+)\.(?:service|virtual|query|connect)(?:\.[\w.-]+)?$/.exec(host)?.[1];
  return (name ?? host) === service;
};

/** For values that show only when the task runs: what its text asks for. */
const byLookup = (client: TaskPlace, { jobs, endpoints }: Surroundings): Match | undefined => {
  const job = jobs.find(({ ID }) => ID === client.job);
  const task = taskAt(jobs, client);
  if (job === undefined || task === undefined) return undefined;
  const asked = endpoints.filter(({ services }) =>
    services.some((service) =>
      tasksNaming(job, { service, address: undefined }).some(({ Name }) => Name === client.task),
    ),
  );
  if (asked.length > 0) return only(asked, `its text asks for service ${asked[0]?.services[0] ?? ''}`);
  const texts = settingTexts(task).join('\n');
  const mesh = endpoints.filter(({ services }) =>
    services.some((service) => texts.includes(`NOMAD_UPSTREAM_ADDR_${service.replaceAll('-', '_')}`)),
  );
  if (mesh.length > 0) return only(mesh, 'its text names the mesh sidecar that leads there');
  return /NOMAD_(?:HOST_)?(?:ADDR|IP|PORT)_\w/.test(texts)
    ? only(
        endpoints.filter((endpoint) => isNeighbour(client, endpoint)),
        'its text names a port of its own group',
      )
    : undefined;
};
