import type { InventoryService } from '../inventory/types.js';
import type { NomadTaskGroup } from '../ports/nomad.js';
import type { ClientGroup } from './locate.js';
import type { DatabasePart, Finding, NetworkMode, ServicePlan } from './types.js';

export interface PlacementChoice {
  readonly kind: DatabasePart['placement'];
  readonly network: NetworkMode;
  readonly why: string;
  readonly findings: readonly Finding[];
}

interface PlacementInput {
  /** The group beside which the database would go. */
  readonly group: NomadTaskGroup;
  /** Groups of the job that hold tasks which use the database. */
  readonly clients: readonly ClientGroup[];
  readonly service: Pick<InventoryService, 'placement'>;
}

/** Where the database goes. First rule that fits wins. */
export const choosePlacement = ({ group, clients, service }: PlacementInput): PlacementChoice => {
  if (service.placement === 'own-job') return ownJob('the inventory says placement: own-job');
  const copies = severalCopies(clients) ?? (clients.length <= 1 ? severalCopies([clientOf(group)]) : undefined);
  const reason = copies ?? outsideOfGroup(group, clients);
  if (reason === undefined) return sameGroup(groupNetwork(group));
  if (service.placement !== 'same-group') return ownJob(reason);
  const why = copies === undefined ? reason : `${reason}, and each copy would get a database of its own`;
  return { ...sameGroup(groupNetwork(group)), findings: [impossible(why)] };
};

const WHY: Readonly<Record<NetworkMode, string>> = {
  bridge: "the group has its own network: PostgreSQL listens on the group's loopback only",
  host: 'the group uses the host network: PostgreSQL listens on loopback, on a port of its own',
  none: 'each container has a network of its own: PostgreSQL is published on a port of the node, behind its password',
};

const sameGroup = (network: NetworkMode): PlacementChoice => ({
  kind: 'same-group',
  network,
  why: WHY[network],
  findings: [],
});

/** Clients elsewhere reach it over the node's network, so it is there itself, whatever the app's groups use. */
const ownJob = (why: string): PlacementChoice => ({ kind: 'own-job', network: 'host', why, findings: [] });

const impossible = (reason: string): Finding => ({
  code: 'PLACEMENT_IMPOSSIBLE',
  level: 'blocked',
  text: `placement: same-group cannot hold: ${reason}`,
  next: 'set placement: auto (or own-job)',
});

/** How the app reaches the database, in words. */
export const placementOf = (
  { kind, network, why }: PlacementChoice,
  { port, serviceName }: { port: number; serviceName: string },
): ServicePlan['placement'] => {
  if (kind === 'own-job') return { kind, address: `service ${serviceName}, port ${port}`, why };
  return { kind, address: network === 'none' ? `NOMAD_IP_db:${port}` : `localhost:${port}`, why };
};

const severalCopies = (clients: readonly ClientGroup[]): string | undefined => {
  if (clients.length > 1) return `tasks in several groups use it (${clients.map(({ name }) => name).join(', ')})`;
  const [only] = clients;
  if (only !== undefined && only.count > 1) return `group ${only.name} has count ${only.count}`;
  if (only !== undefined && only.canaries > 0)
    return `group ${only.name} updates with canaries, so two copies run at once`;
  return undefined;
};

const clientOf = (group: NomadTaskGroup): ClientGroup => ({
  name: group.Name,
  count: group.Count ?? 1,
  canaries: Number(group.Update?.['Canary'] ?? 0),
  tasks: [],
});

/** `none` = every task of the group is in a network namespace of its own. */
export const groupNetwork = (group: NomadTaskGroup): NetworkMode => {
  const mode = group.Networks?.[0]?.Mode ?? '';
  if (mode === 'bridge' || mode.startsWith('cni/')) return 'bridge';
  return group.Tasks.every(sharesHostNetwork) ? 'host' : 'none';
};

/** A container that names a network itself is not in its group's, where the database would listen. */
const outsideOfGroup = (group: NomadTaskGroup, clients: readonly ClientGroup[]): string | undefined => {
  if (groupNetwork(group) !== 'bridge') return undefined;
  const names = clients.flatMap(({ tasks }) => tasks);
  const task = group.Tasks.find(({ Name, Config }) => names.includes(Name) && ownMode(Config) !== '');
  return task === undefined
    ? undefined
    : `task ${task.Name} has network_mode ${ownMode(task.Config)}, which is not its group's network`;
};

const ownMode = (config: NomadTaskGroup['Tasks'][number]['Config']): string => String(config?.['network_mode'] ?? '');

/** Without a network of the group these run in the host's. Of a driver that is not known nobody can say it. */
const ON_THE_HOST: readonly string[] = ['exec', 'exec2', 'raw_exec', 'java', 'pledge', ''];

const sharesHostNetwork = ({ Driver, Config }: NomadTaskGroup['Tasks'][number]): boolean =>
  ON_THE_HOST.includes(Driver) || Config?.['network_mode'] === 'host' || String(Config?.['host_network']) === 'true';
