import type { Inventory, InventoryService } from '../inventory/types.js';
import type { NomadTaskGroup } from '../ports/nomad.js';
import { bridgePort } from './bridge-port.js';
import { addedCapacity, capacityFindings, ownCapacity } from './capacity.js';
import { providerFor } from './consul-services.js';
import { isUnusable, type ServiceFacts } from './facts.js';
import { appMissing } from './findings/app.js';
import { allocationFindings, dependentFindings, driftFindings, finalJobFindings } from './findings/cluster.js';
import { diskFindings } from './findings/disk.js';
import { nameDiffers, sharedFindings } from './findings/identity.js';
import { groupFindings, jobFindings } from './findings/job.js';
import { mobility, ownJobFindings } from './findings/own-job.js';
import { secretFindings } from './findings/secret.js';
import { databaseFindings } from './findings/source.js';
import { targetFindings } from './findings/target.js';
import { type Identity, resolveIdentity } from './identity.js';
import { dataOwner } from './image.js';
import { appGroup, asksFor, type ClientGroup, clientGroups, hasDatabasePart, isOwnDatabase } from './locate.js';
import { serviceName } from './names.js';
import { ownAddress } from './own-file.js';
import { choosePlacement, type PlacementChoice, placementOf } from './placement.js';
import { choosePort, inventoryPorts, PORT_LABEL, type PortChoice, portOwner } from './ports.js';
import { databasePart, effectiveKillTimeout, NO_SOURCE, sourceInstance } from './target.js';
import type { DatabasePart, Finding, PortUse, ServicePlan } from './types.js';

/** PostgreSQL's own port: free in a group that has a network of its own. */

interface Draft {
  readonly inventory: Inventory;
  readonly service: InventoryService;
  readonly facts: ServiceFacts;
  readonly group: NomadTaskGroup;
  readonly clients: readonly ClientGroup[];
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
  const adds = addsOf(draft);
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
      tasks: [...new Set(facts.app.map(({ task }) => task))],
      groups: draft.clients.map(({ name, count, tasks }) => ({ name, count, tasks })),
      settings: settingsOf(facts),
      ...ownAddressOf(facts),
    },
    source: sourceInstance(inventory, facts, draft.identity.role ?? ''),
    target: draft.target,
    placement: placementOf(draft.placement, draft.target),
    owner: dataOwner(draft.target, isUnusable(facts.source) ? NO_SOURCE : facts.source) ?? NO_OWNER,
    node,
    adds,
    effectiveKillTimeoutSeconds: effectiveKillTimeout(facts.node?.maxKillTimeoutSeconds ?? null),
    nomadPlan: nomadPlanOf(facts),
    dependents: facts.dependents,
    findings,
  };
};

const addsOf = ({ done, placement, group, service }: Draft): ServicePlan['adds'] => {
  if (done) return { cpu: 0, memory: 0, containers: 0 };
  return placement.kind === 'own-job' ? ownCapacity(service.resources) : addedCapacity(group, service.resources);
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
  const clients = facts.job === null ? [] : clientGroups(facts.job, facts.app);
  const group = found ?? facts.job?.TaskGroups.find(({ Name }) => Name === clients[0]?.name) ?? NO_GROUP;
  const source = isUnusable(facts.source) ? NO_SOURCE : facts.source;
  const identity = identityOf(service, facts);
  const moved = hasDatabasePart(found) ? 'same-group' : movedAway(service, facts) ? 'own-job' : service.placement;
  const placement = choosePlacement({ group, clients, service: { placement: moved } });
  const port = portOf({ inventory, service, facts, group, placement, planned });
  const target = databasePart({
    service,
    source,
    role: identity.role ?? '',
    group: group.Name,
    placement,
    vaultRole: inventory.vault.role,
    provider: facts.job === null ? 'nomad' : providerFor(facts.job, service.name, inventory.shared.service),
    port: port.port,
  });
  return {
    inventory,
    service,
    facts,
    group,
    clients,
    groupKnown: group !== NO_GROUP,
    done: hasDatabasePart(found) || movedAway(service, facts),
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

/** The app asks for the database that a job of its own holds. */
const movedAway = (service: InventoryService, { job, ownJob }: ServiceFacts): boolean =>
  job !== null && isOwnDatabase(ownJob) && asksFor(job, serviceName(service.name)) !== undefined;

interface PortInput extends Pick<Draft, 'inventory' | 'service' | 'facts' | 'group' | 'placement'> {
  readonly planned: readonly PortUse[];
}

const portOf = ({ inventory, service, facts, group, placement, planned }: PortInput): PortChoice => {
  if (placement.network === 'bridge') return { port: bridgePort(group), findings: [] };
  const own = placement.kind === 'own-job';
  const holder = own ? facts.ownJob?.TaskGroups[0] : group;
  const kept = (holder?.Networks ?? [])
    .flatMap((network) => network.ReservedPorts ?? [])
    .find(({ Label }) => Label === PORT_LABEL);
  if (kept !== undefined && (own || hasDatabasePart(group))) return { port: kept.Value, findings: [] };
  const self = portOwner(own ? serviceName(service.name) : service.job, PORT_LABEL);
  const taken = [...facts.ports, ...planned, ...inventoryPorts(inventory, service.name)].filter(
    ({ owner }) => owner !== self,
  );
  const node = facts.node?.name ?? '';
  return choosePort({ service, node, from: inventory.ports.from, taken: [...strangers(facts, node), ...taken] });
};

/** Whatever listens there without Nomad's knowing. First in the list, so that a known owner's name wins. */
const strangers = ({ listening }: ServiceFacts, node: string): PortUse[] =>
  listening.map((port) => ({ port, node, owner: 'a process that Nomad does not know' }));

const openFindings = (draft: Draft, adds: ServicePlan['adds'], node: ServicePlan['node']): Finding[] => {
  const { facts, service, placement } = draft;
  // Without the job everything else would only be a consequence of that.
  if (facts.job === null) return [...jobFindings(facts, service.job), ...sourceUnusable(facts)];
  const source = isUnusable(facts.source) ? null : facts.source;
  const { job: running } = facts;
  const job = groupsOf(draft).flatMap((group) => groupFindings(running, group, facts.app, placement.kind));
  return [
    ...jobFindings(facts, service.job),
    ...groupMissing(draft),
    ...(draft.groupKnown
      ? [
          ...placement.findings,
          ...draft.port.findings,
          ...allocationFindings(facts, countsOf(draft)),
          ...ownJobFindings(draft),
        ]
      : []),
    ...job,
    ...driftFindings(facts, service),
    ...checksUnreadable(facts),
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
    ...mobility(facts, placement.kind),
    ...dependentFindings(facts.dependents),
    ...finalJobFindings(facts),
  ];
};

const sourceUnusable = ({ source }: ServiceFacts): Finding[] =>
  isUnusable(source) ? [blocked(source.code, source.text, source.next)] : [];

/** The move ends with a look at the app's checks: whoever keeps them has to answer before it begins. */
const checksUnreadable = ({ checks }: ServiceFacts): Finding[] =>
  checks === undefined ? [] : [blocked(checks.code, checks.text, checks.next)];

/** The database is there already: only what still needs eyes. */
const doneFindings = (draft: Draft): Finding[] => [
  ...jobFindings(draft.facts, draft.service.job).filter(({ level }) => level === 'blocked'),
  ...driftFindings(draft.facts, { ...draft.service, drift: 'warn' }),
  ...allocationFindings(draft.facts, countsOf(draft)).map((finding): Finding => ({ ...finding, level: 'warn' })),
];

/** The groups that the move touches. */
const groupsOf = ({ facts, clients, group, groupKnown, placement }: Draft): NomadTaskGroup[] => {
  if (placement.kind === 'same-group') return groupKnown ? [group] : [];
  const names = new Set(clients.map(({ name }) => name));
  return (facts.job?.TaskGroups ?? []).filter(({ Name }) => names.has(Name));
};

const countsOf = (draft: Draft): { name: string; count: number }[] =>
  groupsOf(draft).map(({ Name, Count }) => ({ name: Name, count: Count ?? 1 }));

const groupMissing = ({ facts, service }: Draft): Finding[] =>
  facts.job === null || facts.app.length > 0 ? [] : [appMissing(service, facts.job)];

const blocked = (code: string, text: string, next: string): Finding => ({ code, level: 'blocked', text, next });

const LEVELS: readonly Finding['level'][] = ['blocked', 'warn', 'info'];
const inOrder = (findings: readonly Finding[]): Finding[] =>
  LEVELS.flatMap((level) => once(findings).filter((finding) => finding.level === level));

/** Several groups may give the same finding. */
const once = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values(),
];

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
