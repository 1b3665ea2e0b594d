import type { InventoryService } from '../inventory/types.js';
import { parseJournal } from '../pipeline/journal.js';
import { journalPath } from '../pipeline/journal-store.js';
import { byPriority, plannedPort } from '../plan/build-plan.js';
import { buildServicePlan } from '../plan/build-service-plan.js';
import { findDependents } from '../plan/dependents.js';
import { type AllocationFacts, isUnusable, type ServiceFacts, type Unusable } from '../plan/facts.js';
import { clientGroups } from '../plan/locate.js';
import { serviceName } from '../plan/names.js';
import { allocationFacts, isLive } from '../plan/node-json.js';
import type { Dependent, PortUse } from '../plan/types.js';
import type { NomadJob } from '../ports/nomad.js';
import { appEnvironments } from './facts/app-environment.js';
import { type ClusterFacts, collectClusterFacts } from './facts/cluster.js';
import type { FactsDeps } from './facts/facts-deps.js';
import { collectFinalJob } from './facts/final-job.js';
import {
  type Jobspec,
  parseJobspec,
  plainJob,
  readJobspec,
  readSubmission,
  type SubmissionFacts,
} from './facts/jobspec.js';
import { lookAtNode } from './facts/node-look.js';
import { readingSql } from './facts/reading-sql.js';
import { sharedWith } from './facts/shared-with.js';
import { collectSource } from './facts/source.js';
import { unreadableChecks } from './facts/unreadable-checks.js';
import { collectVault } from './facts/vault.js';

export interface CollectOptions {
  /** Read once and shared by all services of a plan. */
  readonly cluster?: ClusterFacts;
  /** Ports that earlier services of the same plan get. */
  readonly planned?: readonly PortUse[];
}

/**
 * Reads everything the plan of one service is decided from; changes nothing, may be repeated.
 * What is wrong with the service becomes a finding of the plan; only unreachable or denied systems throw
 * (NOMAD_UNAVAILABLE, NOMAD_DENIED, VAULT_UNAVAILABLE, VAULT_DENIED, SQL_FAILED, EXEC_UNKNOWN).
 */
export const collectFacts = async (
  given: FactsDeps,
  service: InventoryService,
  options: CollectOptions = {},
): Promise<ServiceFacts> => {
  const deps = { ...given, sql: readingSql(given.sql) };
  const cluster = options.cluster ?? (await collectClusterFacts(deps, deps.inventory.services));
  const job = (await deps.nomad.job(service.job)) ?? null;
  const submission = await readSubmission(deps, job);
  const facts = await collectPresent(deps, service, { job, submission, cluster });
  const plan = buildServicePlan(deps.inventory, service, facts, options.planned ?? []);
  if (plan.state !== 'migrate') return facts;
  return {
    ...facts,
    finalJob: await collectFinalJob(deps, service, plan, { volumes: cluster.volumes, variables: submission.variables }),
  };
};

/**
 * The facts of several services for one plan, in order of priority, so that no two get the same port.
 * The result goes to `buildPlan`, which decides the same ports again.
 */
export const collectAllFacts = async (
  deps: FactsDeps,
  services: readonly InventoryService[],
): Promise<ServiceFacts[]> => {
  const cluster = await collectClusterFacts(deps, deps.inventory.services);
  const all: ServiceFacts[] = [];
  const planned: PortUse[] = [];
  for (const service of byPriority(services)) {
    const facts = await collectFacts(deps, service, { cluster, planned });
    planned.push(...plannedPort(buildServicePlan(deps.inventory, service, facts, planned)));
    all.push(facts);
  }
  return all;
};

interface Present {
  readonly job: NomadJob | null;
  readonly submission: SubmissionFacts;
  readonly cluster: ClusterFacts;
}

const jobspecFacts = async (
  deps: FactsDeps,
  service: InventoryService,
  spec: Jobspec | Unusable,
): Promise<ServiceFacts['file']> => {
  const file = await parseJobspec(deps, service, spec);
  const plain = isUnusable(file) ? undefined : await plainJob(deps, spec);
  return isUnusable(file) || plain === undefined ? file : { ...file, plain };
};

/** The state of things as they are, before anything is rendered. */
const collectPresent = async (
  deps: FactsDeps,
  service: InventoryService,
  { job, submission, cluster }: Present,
): Promise<ServiceFacts> => {
  const spec = await readJobspec(deps, service, submission.variables);
  const file = await jobspecFacts(deps, service, spec);
  const stubs = job === null ? [] : (await deps.nomad.allocations(service.job)).filter(isLive);
  const allocations = stubs.map((stub) => allocationFacts(cluster.allocations.get(stub.ID) ?? stub));
  const app = job === null ? [] : await appEnvironments(deps, job, service, allocations);
  const clients = new Set(job === null ? [] : clientGroups(job, app).map(({ name }) => name));
  const first = byId(allocations)
    .filter((allocation) => clients.has(allocation.group))
    .slice(0, 1);
  const nodeId = first[0]?.nodeId;
  const group = job?.TaskGroups.find(({ Name }) => Name === first[0]?.group);
  const source = await collectSource(deps, service, app, cluster);
  const look = await lookAtNode(deps, group, app, first);
  return {
    service: service.name,
    job,
    ownJob: cluster.jobs.find(({ ID }) => ID === serviceName(service.name)) ?? null,
    file,
    submissionMatches: submission.matches,
    allocations,
    node: cluster.nodes.find(({ id }) => id === nodeId) ?? null,
    ports: cluster.ports,
    ...look,
    ownVolume: await ownVolume(deps, service),
    sharedWith: sharedWith(deps.inventory, service, isUnusable(source) ? [] : source.moving, cluster.jobs),
    volumes: cluster.volumes,
    csiVolumes: cluster.csiVolumes,
    ...(await unreadableChecks(deps, job, allocations)),
    app,
    source,
    vault: await collectVault(deps, service, source),
    dependents: dependentsOf(deps, service, source, cluster),
    finalJob: null,
  };
};

/** The journal's word. Throws JOURNAL_INVALID. */
const ownVolume = async (deps: FactsDeps, { name }: InventoryService): Promise<string | null> => {
  const path = journalPath(name);
  const text = (await deps.nomad.variable(path))?.items['journal'];
  if (text === undefined) return null;
  const id = parseJournal(text, path).facts['dataVolume'];
  return typeof id === 'string' ? id : null;
};

/** Which of several comes first must not depend on the order of an answer. */
const byId = (allocations: readonly AllocationFacts[]): AllocationFacts[] =>
  allocations.toSorted((a, b) => a.id.localeCompare(b.id, 'en'));

const dependentsOf = (
  deps: FactsDeps,
  service: InventoryService,
  source: ServiceFacts['source'],
  cluster: ClusterFacts,
): Dependent[] =>
  isUnusable(source) || source.moving.length === 0
    ? []
    : findDependents({
        jobs: cluster.jobs,
        app: service.job,
        shared: deps.inventory.shared,
        databases: source.moving.map(({ name }) => name),
        role: source.moving[0]?.role?.name ?? '',
        sessions: source.sessions,
      });
