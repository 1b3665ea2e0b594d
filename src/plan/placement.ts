import type { InventoryService } from '../inventory/types.js';
import type { NomadTaskGroup } from '../ports/nomad.js';
import type { Finding, NetworkMode, ServicePlan } from './types.js';

type Placement = ServicePlan['placement'];

export interface PlacementChoice {
  readonly placement: Placement;
  readonly network: NetworkMode;
  readonly findings: readonly Finding[];
}

interface PlacementInput {
  readonly group: NomadTaskGroup;
  /** Groups of the job that hold tasks which use the database. */
  readonly clientGroups: readonly string[];
  readonly service: InventoryService;
  readonly hostPort: number;
}

/** Where the database goes and how the app reaches it. First rule that fits wins. */
export const choosePlacement = (input: PlacementInput): PlacementChoice => {
  const network = groupNetwork(input.group);
  const reason = ownJobReason(input);
  if (reason !== undefined) return ownJob(reason, network === 'bridge' ? 'bridge' : 'host', input.hostPort);
  if (network === 'bridge')
    return sameGroup(
      'bridge',
      'localhost:5432',
      "the group has its own network: PostgreSQL listens on the group's loopback only",
    );
  if (network === 'host')
    return sameGroup(
      'host',
      `localhost:${input.hostPort}`,
      'the group uses the host network: PostgreSQL listens on loopback, on a port of its own',
    );
  return namespaceEach(input.hostPort);
};

const sameGroup = (network: NetworkMode, address: string, why: string): PlacementChoice => ({
  placement: { kind: 'same-group', address, why },
  network,
  findings: [],
});

const ownJob = (reason: string, network: NetworkMode, port: number): PlacementChoice => ({
  placement: { kind: 'own-job', address: `localhost:${port}`, why: reason },
  network,
  findings: [
    {
      code: 'PLACEMENT_OWN_JOB',
      level: 'blocked',
      text: `the database would need a job of its own: ${reason}. Not supported yet`,
      next: 'bring the app to one group with count = 1 and no canaries, or wait for own-job placement',
    },
  ],
});

const namespaceEach = (port: number): PlacementChoice => ({
  placement: { kind: 'same-group', address: `localhost:${port}`, why: 'every docker task has a network of its own' },
  network: 'host',
  findings: [
    {
      code: 'PLACEMENT_NAMESPACE_EACH',
      level: 'blocked',
      text: 'the group has no shared network: each docker task sits in a network of its own and cannot reach the loopback of another. Not supported yet',
      next: 'give the group network { mode = "bridge" } (or host mode for all its tasks), register it, and plan again',
    },
  ],
});

const ownJobReason = ({ group, clientGroups, service }: PlacementInput): string | undefined => {
  if (service.placement === 'own-job') return 'the inventory says placement: own-job';
  if (clientGroups.length > 1) return `tasks in several groups use it (${clientGroups.join(', ')})`;
  if ((group.Count ?? 1) > 1) return `group ${group.Name} has count ${group.Count}`;
  if (Number(group.Update?.['Canary'] ?? 0) > 0)
    return `group ${group.Name} updates with canaries, so two copies run at once`;
  return undefined;
};

/** `none` = every task of the group is in a network namespace of its own. */
export const groupNetwork = (group: NomadTaskGroup): NetworkMode | 'none' => {
  const mode = group.Networks?.[0]?.Mode ?? '';
  if (mode === 'bridge' || mode.startsWith('cni/')) return 'bridge';
  return group.Tasks.every(sharesHostNetwork) ? 'host' : 'none';
};

// exec and raw_exec tasks share the host's network unless the group says otherwise; containers only when told to.
const sharesHostNetwork = (task: NomadTaskGroup['Tasks'][number]): boolean =>
  task.Driver !== 'docker' && task.Driver !== 'podman' ? true : task.Config?.['network_mode'] === 'host';
