import type { Inventory, InventoryService } from '../../inventory/types.js';
import type { NomadTaskGroup } from '../../ports/nomad.js';
import { bridgePort } from '../bridge-port.js';
import { addedCapacity } from '../capacity.js';
import { providerFor } from '../consul-services.js';
import { isUnusable, type SourceFacts } from '../facts.js';
import { dataOwner } from '../image.js';
import { appGroup, clientGroups, hasDatabasePart } from '../locate.js';
import { vaultApiPath } from '../names.js';
import { choosePlacement } from '../placement.js';
import { choosePort, inventoryPorts, PORT_LABEL, type PortChoice, portOwner } from '../ports.js';
import { databasePart, NO_SOURCE } from '../target.js';
import type { DatabasePart, DatabaseSpec, Finding, NetworkMode } from '../types.js';
import { chooseNode } from './choose-node.js';
import type { ProvisionFacts } from './facts.js';
import { type Again, alike, fillFindings, type Likeness, ownerAlike, renamed, specsOf } from './fill.js';
import { provisionFindings } from './findings.js';
import type { FillPlan, ProvisionKind, ProvisionPlan } from './types.js';

/** What PostgreSQL calls it; every official image has it, musl or glibc. */
const LOCALE = { encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.UTF-8' } as const;

/** The job of a database without an app beside it. */
export const ownJobId = (service: string): string => `${service}-postgres`;

interface Asked {
  readonly databases: readonly string[];
  readonly role: string | null;
  readonly restartShared: boolean;
}

/**
 * Decides everything about one new database: pure, deterministic, JSON-stable. A blocked plan holds placeholders where
 * facts are missing; nothing may act on it. `like`: the backup that it is filled with.
 */
export const buildProvisionPlan = (
  inventory: Inventory,
  asIs: InventoryService,
  facts: ProvisionFacts,
  request: Asked,
  like: Likeness | null = null,
): ProvisionPlan => {
  const service = like === null ? asIs : alike(asIs, like);
  const job = jobOf(inventory, service, facts);
  const source = isUnusable(facts.source) ? NO_SOURCE : facts.source;
  const pairs = like && renamed(like, toldNames(service, facts, request.databases), service.name);
  const home = like?.offsite === null ? like.node.id : null;
  const pinned = facts.allocations[0]?.nodeId ?? home;
  const again = like?.again ?? null;
  const placed = placementOf(service, facts, job.group, again !== null);
  const adds = addedCapacity(placed.group, service.resources);
  const specs = like && specsOf(like, pairs ?? []);
  const draft = (port: number): DatabasePart =>
    partOf({ ...{ inventory, service, facts, request, job, source, placed, port }, specs, again });
  const { driver, volume } = draft(0);
  const node = chooseNode(facts.nodes, facts.volumes, { driver, volume, adds, pinned });
  const port = portOf({ inventory, service, facts, job: job.id, placed, node: node?.name ?? '' });
  const target = draft(port.port);
  const owner = (like && ownerAlike(like, target)) ?? dataOwner(target, source);
  const filled = like !== null && owner !== null;
  const findings = [
    ...provisionFindings({ ...{ service, facts, target, node, pinned, adds, again }, filled }),
    ...(like === null ? [] : fillFindings({ like, target, owner, node, pairs, extensions: service.extensions })),
    ...(facts.kind === 'shared' ? [] : [...port.findings, ...placed.findings, ...presetFindings(service, facts)]),
  ];
  return {
    ...{ service: service.name, kind: facts.kind, state: isBlocked(findings) ? 'blocked' : 'provision' },
    job: { ...job, jobspec: facts.file.path, modifyIndex: facts.job?.JobModifyIndex ?? 0 },
    app: { preset: facts.app[0]?.preset ?? service.app ?? '', tasks: appTaskNames(service, facts), settings: [] },
    target,
    address: addressOf(facts.kind, target, source),
    owner: owner ?? { uid: 0, gid: 0 },
    node: { id: node?.id ?? '', name: node?.name ?? '' },
    adds,
    secret: {
      where: vaultApiPath(service.vault.mount, service.vault.path),
      exists: facts.secret !== null,
    },
    inventory: { path: inventory.path, adds: facts.inventoryAdds },
    shared: sharedOf(inventory, source),
    restartShared: request.restartShared,
    ...(like === null ? {} : { fill: fillOf(like, pairs ?? [], target) }),
    dependents: facts.dependents,
    findings,
  };
};

const sharedOf = (
  { shared: { job, task } }: Inventory,
  { address, port }: Pick<SourceFacts, 'address' | 'port'>,
): ProvisionPlan['shared'] => ({ job, task, address, port });

const fillOf = (like: Likeness, databases: FillPlan['databases'], { role, major }: DatabasePart): FillPlan => ({
  ...{ from: like.service, set: like.set.id, started: like.set.started, offsite: like.offsite },
  ...{ role: { from: like.role, to: role }, databases, major },
});

interface PartInput {
  readonly inventory: Inventory;
  readonly service: InventoryService;
  readonly facts: ProvisionFacts;
  readonly request: { readonly databases: readonly string[]; readonly role: string | null };
  readonly job: { readonly id: string; readonly group: string };
  readonly source: SourceFacts;
  readonly placed: Placed;
  readonly port: number;
  /** Of a backup; `null`: new and empty ones. */
  readonly specs: readonly DatabaseSpec[] | null;
  readonly again: Again | null;
}

const partOf = (input: PartInput): DatabasePart => {
  const { inventory, service, facts, request, job, source, placed, port } = input;
  const role = roleOf(service, facts, request);
  const alone = facts.kind === 'own-job';
  const placement = { kind: alone ? 'own-job' : 'same-group', network: placed.network } as const;
  const asked = facts.job === null ? 'nomad' : providerFor(facts.job, service.name, inventory.shared.service);
  const provider = input.again?.provider ?? asked;
  const where = { group: job.group, placement, provider, vaultRole: inventory.vault.role, port } as const;
  const part = databasePart({ service, source, role, ...where });
  return {
    ...part,
    job: job.id,
    databases: input.specs ?? databasesOf(service, facts, request.databases).map((name) => ({ name, ...LOCALE })),
    extensions: service.extensions,
  };
};

interface PortInput {
  readonly inventory: Inventory;
  readonly service: InventoryService;
  readonly facts: ProvisionFacts;
  readonly job: string;
  readonly placed: Placed;
  readonly node: string;
}

const portOf = ({ inventory, service, facts, job, placed, node }: PortInput): PortChoice => {
  if (placed.network === 'bridge') return { port: bridgePort(placed.group), findings: [] };
  const taken = [...facts.ports, ...inventoryPorts(inventory, service.name)];
  const others = taken.filter(({ owner }) => owner !== portOwner(job, PORT_LABEL));
  return choosePort({ service, node, from: inventory.ports.from, taken: others });
};

const isBlocked = (findings: readonly Finding[]): boolean => findings.some(({ level }) => level === 'blocked');

const jobOf = (
  inventory: Inventory,
  service: InventoryService,
  facts: ProvisionFacts,
): { id: string; group: string } => {
  switch (facts.kind) {
    case 'own-job':
      return { id: ownJobId(service.name), group: 'postgres' };
    case 'splice':
      return { id: service.job, group: spliceGroup(service, facts)?.Name ?? '' };
    case 'shared':
      return { id: inventory.shared.job, group: '' };
    case 'new-app':
      return { id: service.job, group: service.group ?? service.name };
  }
};

const spliceGroup = (service: InventoryService, { spec, app }: ProvisionFacts): NomadTaskGroup | undefined =>
  spec === null || isUnusable(spec) ? undefined : appGroup(spec, service, app);

interface Placed {
  readonly group: NomadTaskGroup;
  readonly network: NetworkMode;
  readonly findings: readonly Finding[];
}

const placementOf = (service: InventoryService, facts: ProvisionFacts, group: string, again: boolean): Placed => {
  const empty: NomadTaskGroup = { Name: group, Tasks: [] };
  if (facts.kind !== 'splice') return { group: empty, network: 'host', findings: [] };
  const found = spliceGroup(service, facts);
  if (found === undefined) return { group: empty, network: 'host', findings: [] };
  const clients = isUnusable(facts.spec) || facts.spec === null ? [] : clientGroups(facts.spec, facts.app);
  const { kind, why, network, findings } = choosePlacement({ group: found, clients, service });
  const done: Finding = {
    code: 'PART_EXISTS',
    level: 'blocked',
    text: `group ${found.Name} has a database of dbctl already`,
    next: `nomad job run ${facts.file.path}`,
  };
  const elsewhere: Finding = {
    code: 'PLACEMENT_OWN_JOB',
    level: 'blocked',
    text: `the database cannot go beside the app: ${why}`,
    next: `leave jobspec out of the service, so that it gets a job of its own: dbctl provision ${service.name}`,
  };
  if (hasDatabasePart(found)) return { group: found, network, findings: again ? [] : [done] };
  return { group: found, network, findings: kind === 'own-job' ? [elsewhere] : findings };
};

const presetFindings = (service: InventoryService, { kind, presetKnown }: ProvisionFacts): Finding[] =>
  kind !== 'new-app' || presetKnown
    ? []
    : [
        {
          code: 'APP_UNKNOWN',
          level: 'blocked',
          text: `how ${service.app ?? 'this app'} is told its database is not known`,
          next: 'set --app to one that is known, or leave --image out and point the app at the database by hand',
        },
      ];

const appTaskNames = (service: InventoryService, { kind, app }: ProvisionFacts): string[] => {
  if (kind === 'new-app') return [service.name];
  return kind === 'splice' ? app.map(({ task }) => task) : [];
};

/** What the app's own settings say wins: it will ask for exactly that. */
const databasesOf = (service: InventoryService, facts: ProvisionFacts, asked: readonly string[]): readonly string[] => {
  const names = toldNames(service, facts, asked);
  return names.length > 0 ? names : [service.name];
};

const toldNames = (service: InventoryService, { app }: ProvisionFacts, asked: readonly string[]): readonly string[] => {
  const told = [...new Set(app.flatMap((env) => env.databases))];
  return [told, asked, service.databases].find((list) => list.length > 0) ?? [];
};

const roleOf = (
  service: InventoryService,
  { app }: ProvisionFacts,
  { role }: { readonly role: string | null },
): string => app.find((env) => env.role !== null)?.role ?? role ?? service.role ?? service.name;

const addressOf = (
  kind: ProvisionKind,
  target: DatabasePart,
  source: { readonly address: string; readonly port: number },
): string => {
  if (kind === 'shared') return `${source.address}:${source.port}`;
  return kind === 'own-job' ? `service ${target.serviceName}, port ${target.port}` : `127.0.0.1:${target.port}`;
};
