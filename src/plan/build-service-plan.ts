import type { Inventory, InventoryService } from '../inventory/types.js';
import type { NomadTaskGroup } from '../ports/nomad.js';
import { addedCapacity, capacityFindings } from './capacity.js';
import { isUnusable, type ServiceFacts } from './facts.js';
import { appMissing } from './findings/app.js';
import { allocationFindings, dependentFindings, driftFindings, finalJobFindings } from './findings/cluster.js';
import { diskFindings } from './findings/disk.js';
import { nameDiffers, sharedFindings } from './findings/identity.js';
import { groupFindings, jobFindings } from './findings/job.js';
import { secretFindings } from './findings/secret.js';
import { databaseFindings } from './findings/source.js';
import { targetFindings } from './findings/target.js';
import { type Identity, resolveIdentity } from './identity.js';
import { dataOwner } from './image.js';
import { appGroup, hasDatabasePart } from './locate.js';
import { ownAddress } from './own-file.js';
import { choosePlacement, groupNetwork, type PlacementChoice } from './placement.js';
import { choosePort, inventoryPorts, PORT_LABEL, type PortChoice, portOwner } from './ports.js';
import { databasePart, effectiveKillTimeout, NO_SOURCE, sourceInstance } from './target.js';
import type { DatabasePart, Finding, PortUse, ServicePlan } from './types.js';

/** PostgreSQL's own port: free in a group that has a network of its own. */
const BRIDGE_PORT = 5432;

interface Draft {
  readonly inventory: Inventory;
  readonly service: InventoryService;
  readonly facts: ServiceFacts;
  readonly group: NomadTaskGroup;
  readonly groupKnown: boolean;
  readonly done: boolean;
  readonly identity: Identity;
  readonly port: PortChoice;
  readonly placement: PlacementChoice;
  readonly target: DatabasePart;
}

/**
 * Decides everything about one service from facts: pure, deterministic, JSON-stable.
 * A plan whose state is `blocked` holds placeholders where facts are missing; nothing may act on it.
 * `planned` are ports that earlier services of the same plan get.
 */
export const buildServicePlan = (
  inventory: Inventory,
  service: InventoryService,
  facts: ServiceFacts,
  planned: readonly PortUse[] = [],
): ServicePlan => {
  const draft = draftOf(inventory, service, facts, planned);
  const node = nodeOf(facts);
  const adds = draft.done ? { cpu: 0, memory: 0, containers: 0 } : addedCapacity(draft.group, service.resources);
  const findings = inOrder(draft.done ? doneFindings(draft) : openFindings(draft, adds, node));
  return {
    service: service.name,
    priority: service.priority,
    state: stateOf(draft.done, findings),
    job: {
      id: service.job,
      group: draft.group.Name,
      jobspec: isUnusable(facts.file) ? (service.jobspec ?? '') : facts.file.path,
      modifyIndex: facts.job?.JobModifyIndex ?? 0,
    },
    app: {
      preset: facts.app[0]?.preset ?? '',
      tasks: facts.app.map(({ task }) => task),
      settings: settingsOf(facts),
      ...ownAddressOf(facts),
    },
    source: sourceInstance(inventory, facts, draft.identity.role ?? ''),
    target: draft.target,
    placement: draft.placement.placement,
    owner: dataOwner(draft.target, isUnusable(facts.source) ? NO_SOURCE : facts.source) ?? NO_OWNER,
    node,
    adds,
    effectiveKillTimeoutSeconds: effectiveKillTimeout(facts.node?.maxKillTimeoutSeconds ?? null),
    nomadPlan: nomadPlanOf(facts),
    dependents: facts.dependents,
    findings,
  };
};

const NO_OWNER: ServicePlan['owner'] = { uid: 0, gid: 0 };
const NO_GROUP: NomadTaskGroup = { Name: '', Tasks: [] };

const draftOf = (
  inventory: Inventory,
  service: InventoryService,
  facts: ServiceFacts,
  planned: readonly PortUse[],
): Draft => {
  const found = facts.job === null ? undefined : appGroup(facts.job, service, facts.app);
  const group = found ?? NO_GROUP;
  const source = isUnusable(facts.source) ? NO_SOURCE : facts.source;
  const identity = identityOf(service, facts);
  const port = portOf(inventory, service, facts, group, planned);
  const clientGroups = [...new Set(facts.app.map((env) => env.group))];
  const placement = choosePlacement({ group, clientGroups, service, hostPort: port.port });
  const target = databasePart({
    service,
    source,
    role: identity.role ?? '',
    group: group.Name,
    network: placement.network,
    port: port.port,
  });
  return {
    inventory,
    service,
    facts,
    group,
    groupKnown: found !== undefined,
    done: hasDatabasePart(found),
    identity,
    port,
    placement,
    target,
  };
};

const identityOf = (service: InventoryService, { app, source }: ServiceFacts): Identity =>
  isUnusable(source)
    ? { databases: [], role: app[0]?.role ?? service.role, findings: [] }
    : resolveIdentity({
        service,
        app,
        present: source.databases,
        closed: source.closedDatabases,
        roleSessionsIn: source.roleSessionsIn,
      });

const portOf = (
  inventory: Inventory,
  service: InventoryService,
  facts: ServiceFacts,
  group: NomadTaskGroup,
  planned: readonly PortUse[],
): PortChoice => {
  if (groupNetwork(group) === 'bridge') return { port: BRIDGE_PORT, findings: [] };
  const kept = (group.Networks ?? [])
    .flatMap((network) => network.ReservedPorts ?? [])
    .find(({ Label }) => Label === PORT_LABEL);
  if (kept !== undefined && hasDatabasePart(group)) return { port: kept.Value, findings: [] };
  const own = portOwner(service.job, PORT_LABEL);
  const taken = [...facts.ports, ...planned, ...inventoryPorts(inventory, service.name)].filter(
    ({ owner }) => owner !== own,
  );
  const node = facts.node?.name ?? '';
  return choosePort({ service, node, from: inventory.ports.from, taken: [...strangers(facts, node), ...taken] });
};

/** Whatever listens there without Nomad's knowing. First in the list, so that a known owner's name wins. */
const strangers = ({ listening }: ServiceFacts, node: string): PortUse[] =>
  listening.map((port) => ({ port, node, owner: 'a process that Nomad does not know' }));

const openFindings = (draft: Draft, adds: ServicePlan['adds'], node: ServicePlan['node']): Finding[] => {
  const { facts, service, group } = draft;
  // Without the job everything else would only be a consequence of that.
  if (facts.job === null) return [...jobFindings(facts, service.job), ...sourceUnusable(facts)];
  const source = isUnusable(facts.source) ? null : facts.source;
  const job = !draft.groupKnown ? [] : groupFindings(facts.job, group, facts.app, draft.placement.placement.kind);
  return [
    ...jobFindings(facts, service.job),
    ...groupMissing(draft),
    ...(draft.groupKnown
      ? [...draft.placement.findings, ...draft.port.findings, ...allocationFindings(facts, group.Name)]
      : []),
    ...job,
    ...driftFindings(facts, service),
    ...sourceUnusable(facts),
    ...(source === null ? [] : draft.identity.findings),
    ...(source === null ? [] : databaseFindings(source.moving)),
    ...sharedFindings(facts),
    ...nameDiffers(service, draft.identity.databases),
    ...secretFindings(facts.vault, draft.target.vault.path, service.vault.key),
    ...(source === null
      ? []
      : targetFindings({
          service,
          facts,
          source,
          target: draft.target,
          effectiveKillTimeoutSeconds: effectiveKillTimeout(facts.node?.maxKillTimeoutSeconds ?? null),
        })),
    ...(facts.node === null ? [] : capacityFindings(adds, node)),
    ...diskFindings(facts),
    ...mobility(facts),
    ...dependentFindings(facts.dependents),
    ...finalJobFindings(facts),
  ];
};

const sourceUnusable = ({ source }: ServiceFacts): Finding[] =>
  isUnusable(source) ? [blocked(source.code, source.text, source.next)] : [];

/** The database is there already: only what still needs eyes. */
const doneFindings = ({ facts, service, group }: Draft): Finding[] => [
  ...jobFindings(facts, service.job).filter(({ level }) => level === 'blocked'),
  ...driftFindings(facts, { ...service, drift: 'warn' }),
  ...allocationFindings(facts, group.Name).map((finding): Finding => ({ ...finding, level: 'warn' })),
];

const groupMissing = ({ facts, groupKnown, service }: Draft): Finding[] => {
  if (facts.job === null || (groupKnown && facts.app.length > 0)) return [];
  if (facts.app.length === 0) return [appMissing(service, facts.job, facts.knownApps)];
  return [
    blocked(
      'GROUP_AMBIGUOUS',
      `tasks in several groups use the database: ${[...new Set(facts.app.map(({ group }) => group))].join(', ')}`,
      'set services.<name>.group if only one of them does',
    ),
  ];
};

const mobility = ({ node, job }: ServiceFacts): Finding[] =>
  node === null || job === null
    ? []
    : [{ code: 'NODE_PINNED', level: 'info', text: `the data lives on ${node.name}, so the app stays on that node` }];

const blocked = (code: string, text: string, next: string): Finding => ({ code, level: 'blocked', text, next });

const LEVELS: readonly Finding['level'][] = ['blocked', 'warn', 'info'];
const inOrder = (findings: readonly Finding[]): Finding[] =>
  LEVELS.flatMap((level) => findings.filter((finding) => finding.level === level));

const stateOf = (done: boolean, findings: readonly Finding[]): ServicePlan['state'] => {
  if (findings.some(({ level }) => level === 'blocked')) return 'blocked';
  return done ? 'done' : 'migrate';
};

const nodeOf = ({ node }: ServiceFacts): ServicePlan['node'] => ({
  id: node?.id ?? '',
  name: node?.name ?? '',
  free: node?.free ?? { cpu: 0, memory: 0 },
});

const ownAddressOf = ({ app }: ServiceFacts): Pick<ServicePlan['app'], 'ownAddress'> => {
  const address = ownAddress(app);
  return address === undefined ? {} : { ownAddress: address };
};

const settingsOf = ({ finalJob }: ServiceFacts): ServicePlan['app']['settings'] =>
  finalJob === null || isUnusable(finalJob) ? [] : finalJob.settings;

const nomadPlanOf = ({ finalJob }: ServiceFacts): ServicePlan['nomadPlan'] =>
  finalJob === null || isUnusable(finalJob)
    ? { summary: [], warnings: '' }
    : { summary: finalJob.plan.summary, warnings: finalJob.plan.warnings };
