import type { NomadJob, NomadNetwork, NomadTask, NomadTaskGroup } from '../../ports/nomad.js';
import { OWN_TASKS } from '../names.js';
import { commandOf, ENGINES } from './engines.js';
import { isToolTask, taskAt } from './looks.js';
import type { Engine, Instance, Settings, Spot, TaskPlace } from './types.js';

/** Where clients reach a database server. */
export interface Endpoint {
  /** The task that listens. */
  readonly place: TaskPlace;
  readonly engine: Engine;
  /** Names in Nomad's or Consul's catalogue. */
  readonly services: readonly string[];
  readonly instances: readonly Instance[];
  readonly spots: readonly Spot[];
  /** Ports it may be reached at on its own loopback. */
  readonly ports: readonly number[];
  /** Shares its node's network, and so its loopback. */
  readonly onHost: boolean;
}

interface EndpointInput {
  readonly jobs: readonly NomadJob[];
  readonly instances: readonly Instance[];
  readonly spots: readonly Spot[];
}

interface Listening extends TaskPlace {
  readonly engine: Engine;
  readonly settings: Settings;
}

export const endpointOf = ({ jobs, instances, spots }: EndpointInput, server: Listening): Endpoint | undefined => {
  const { job, group: name, task: taskName, engine, settings } = server;
  const group = jobs.find(({ ID }) => ID === job)?.TaskGroups.find(({ Name }) => Name === name);
  const task = taskAt(jobs, server);
  if (group === undefined || task === undefined) return undefined;
  const own = spots.filter((spot) => spot.job === job && spot.group === name);
  const ports = insidePorts(engine, group, task, settings);
  const services = serviceNames(group, task, ports);
  return {
    place: { job, group: name, task: taskName },
    ...{ engine, services, spots: own },
    instances: instances.filter(({ service }) => services.includes(service)),
    ports: [...new Set([...ports, ...own.flatMap((spot) => spot.ports)])],
    onHost: isOnHost(group, task),
  };
};

export const isOnHost = (group: NomadTaskGroup, task: NomadTask): boolean => {
  const mode = group.Networks?.[0]?.Mode ?? '';
  if (mode === 'bridge' || mode.startsWith('cni/')) return false;
  if (mode === 'host' && task.Driver !== 'docker' && task.Driver !== 'podman') return true;
  return task.Config?.['network_mode'] === 'host' || /^(?:exec|raw_exec|java)$/.test(task.Driver);
};

/** Ports that the server is told to listen on, by its environment or its command. */
export const toldPorts = (task: NomadTask, { values }: Settings): number[] =>
  [
    values.get('PGPORT') ?? '',
    ...[...commandOf(task).matchAll(/(?:^|\s)(?:-p\s*|--port[= ]|-c\s*port=)(\d+)(?=\s|$)/g)].map(
      ([, port = '']) => port,
    ),
  ]
    .filter((port) => /^\d{1,5}$/.test(port))
    .map(Number);

/** What it is told counts; the engine's own port where it is told nothing. */
const insidePorts = (engine: Engine, group: NomadTaskGroup, task: NomadTask, settings: Settings): number[] => {
  const told = toldPorts(task, settings);
  const mapped = portsOf(group).flatMap(({ To, Value }) => [To ?? 0, Value]);
  return [...(told.length > 0 ? told : [ENGINES[engine].port]), ...mapped].filter((port) => port > 0);
};

type Port = NonNullable<NomadNetwork['ReservedPorts']>[number];

const portsOf = (group: NomadTaskGroup): Port[] =>
  (group.Networks ?? []).flatMap(({ ReservedPorts, DynamicPorts }) => [
    ...(ReservedPorts ?? []),
    ...(DynamicPorts ?? []),
  ]);

interface Service {
  readonly Name: string;
  readonly PortLabel?: string;
  readonly TaskName?: string;
}

const DATABASE_NAME =
  /postgres|pgsql|(?:^|[-_])(?:pg|db|sql)(?:$|[-_])|database|mysql|maria|mongo|timescale|vector|bouncer/i;

/** Services of the group that are the server's, not those of an app beside it. */
const serviceNames = (group: NomadTaskGroup, task: NomadTask, ports: readonly number[]): string[] => {
  const own = (task['Services'] ?? []) as Service[];
  const all = (group.Services ?? []) as Service[];
  const others = group.Tasks.filter(
    (other) => other.Name !== task.Name && !OWN_TASKS.includes(other.Name) && !isToolTask(other),
  );
  const theirs = others.length === 0 ? all : all.filter((service) => isServers(service, group, task, ports));
  return [...new Set([...own, ...theirs].map(({ Name }) => Name))];
};

const isServers = (service: Service, group: NomadTaskGroup, task: NomadTask, ports: readonly number[]): boolean => {
  if (service.TaskName) return service.TaskName === task.Name;
  const port = portsOf(group).find(({ Label }) => Label === service.PortLabel);
  const number = port?.To || port?.Value || Number(service.PortLabel);
  return (number > 0 && ports[0] === number) || DATABASE_NAME.test(service.Name);
};

/** Where a mesh sidecar of the group listens for another service: port and that service's name. */
export const upstreamsOf = (group: NomadTaskGroup): { readonly port: number; readonly service: string }[] =>
  (group.Services ?? []).flatMap((service) => {
    const connect = service['Connect'] as
      | { SidecarService?: { Proxy?: { Upstreams?: { DestinationName?: string; LocalBindPort?: number }[] } } }
      | null
      | undefined;
    return (connect?.SidecarService?.Proxy?.Upstreams ?? []).map(({ DestinationName = '', LocalBindPort = 0 }) => ({
      port: LocalBindPort,
      service: DestinationName,
    }));
  });
