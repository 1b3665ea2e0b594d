import { DbctlError } from '../errors/dbctl-error.js';
import { type DraftService, draftText, type InventoryDraft } from '../inventory/draft.js';
import { parseInventory } from '../inventory/parse.js';
import { nameProblem } from '../inventory/safe-names.js';
import { buildServicePlan } from '../plan/build-service-plan.js';
import { type DatabaseFacts, isUnusable, type ServiceFacts } from '../plan/facts.js';
import { type SharedCandidate, sharedCandidates } from '../plan/shared-candidates.js';
import { commonPrefix, vaultPaths } from '../plan/vault-paths.js';
import { collectAllFacts } from './collect-facts.js';
import type { UseCaseDeps } from './deps.js';
import { type ClusterFacts, collectClusterFacts } from './facts/cluster.js';
import { jobspecFiles } from './facts/jobspec-files.js';

export type InitDeps = Omit<UseCaseDeps, 'inventory'>;

export interface InitInput {
  /** Job of the shared instance; otherwise the PostgreSQL that most jobs ask for. */
  readonly shared?: string | undefined;
  /** The cluster's address, for the head of the file. */
  readonly from: string;
}

export interface InitReport {
  readonly schema: 'dbctl.init/1';
  readonly text: string;
  readonly shared: string;
  readonly services: readonly Pick<DraftService, 'name' | 'job' | 'app' | 'jobspec' | 'confidence' | 'evidence'>[];
  readonly unclaimed: readonly string[];
}

/**
 * A commented inventory from what runs now; changes nothing. Every service's entry says what it rests on, and what is
 * unclear is a comment. Throws SHARED_NOT_FOUND when no PostgreSQL is asked for by other jobs.
 */
export async function init(deps: InitDeps, input: InitInput): Promise<InitReport> {
  const cluster = await collectClusterFacts(deps);
  const shared = chooseShared(cluster, input);
  const files = await jobspecFiles(deps, deps.home);
  const clients = cluster.jobs.filter(({ ID }) => shared.clients.includes(ID));
  const vault = commonPrefix(clients);
  const head = { from: input.from, vault, ...clusterShape(cluster, shared, files) };
  const entries = shared.clients.map((job) => provisional(job, cluster, vault, files));
  const inventory = parseInventory(draftText({ ...head, services: entries, unclaimed: [] }), 'dbctl.yaml');
  const facts = await collectAllFacts({ ...deps, vault: withoutSecrets, inventory }, inventory.services);
  const services = entries.map((entry) => judged(entry, facts, inventory));
  const unclaimed = unclaimedDatabases(facts);
  const text = draftText({ ...head, services, unclaimed });
  return { schema: 'dbctl.init/1', text, shared: shared.job, services, unclaimed };
}

/** Nothing in an inventory depends on a secret, so a first look needs no token. */
const withoutSecrets: UseCaseDeps['vault'] = {
  health: () => Promise.resolve({ sealed: false, version: '' }),
  read: () => Promise.resolve(undefined),
  write: () => Promise.reject(new DbctlError('INTERNAL', 'init writes no secret')),
  tokenLease: () => Promise.resolve({ ttlMs: 0, renewable: false }),
  renewToken: () => Promise.resolve(),
  capabilities: () => Promise.resolve({}),
  policy: () => Promise.resolve(undefined),
  storage: () => Promise.resolve(''),
};

function chooseShared({ jobs }: ClusterFacts, { shared, from }: InitInput): SharedCandidate {
  const candidates = sharedCandidates(jobs).filter(({ job }) => shared === undefined || job === shared);
  const [best] = candidates;
  if (best && best.clients.length > 0) return best;
  throw new DbctlError('SHARED_NOT_FOUND', 'no PostgreSQL that other jobs ask for was found', {
    where: from,
    ...(shared === undefined ? {} : { value: shared }),
    details: sharedCandidates(jobs).map(({ job, service }) => `job ${job} runs PostgreSQL as service ${service}`),
    next: 'dbctl init --shared <job>, or write dbctl.yaml by hand: docs/tutorial.md',
  });
}

const clusterShape = (
  { nodes, jobs }: ClusterFacts,
  { job, task, service, clients }: SharedCandidate,
  files: ReadonlyMap<string, string>,
): Pick<InventoryDraft, 'shared' | 'why' | 'driver' | 'volumeKind'> => ({
  shared: { job, task, service, jobspec: files.get(job) ?? null },
  why: [
    `${clients.length} jobs ask for it: ${clients.join(', ')}`,
    ...sharedCandidates(jobs)
      .filter((other) => other.job !== job && other.clients.length > 0)
      .map((other) => `another PostgreSQL: job ${other.job}, asked for by ${other.clients.join(', ')}`),
  ],
  driver:
    jobs
      .find(({ ID }) => ID === job)
      ?.TaskGroups.flatMap(({ Tasks }) => Tasks)
      .find(({ Name }) => Name === task)?.Driver ?? 'docker',
  volumeKind: nodes.every(({ volumePlugins }) => volumePlugins.includes('mkdir')) ? 'dynamic' : 'host',
});

function provisional(
  job: string,
  { jobs }: ClusterFacts,
  vault: InventoryDraft['vault'],
  files: ReadonlyMap<string, string>,
): DraftService {
  const name = serviceName(job);
  const found = jobs.find(({ ID }) => ID === job);
  const below = (found ? vaultPaths(found) : []).filter(
    ({ mount, path }) => mount === vault.mount && path.startsWith(`${vault.prefix}/`),
  );
  const [only, second] = below;
  const elsewhere = only && !second && only.path !== `${vault.prefix}/${name}` ? only.path : null;
  const jobspec = files.get(job) ?? null;
  return { name, job, app: null, jobspec, vaultPath: elsewhere, confidence: 'likely', evidence: [] };
}

/** Job ids may hold almost anything; a service's name becomes volumes, tasks and folders. */
const serviceName = (job: string): string => {
  if (nameProblem('service', job) === undefined) return job;
  const plain = job
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return plain.slice(0, 48).replace(/-+$/, '') || 'service';
};

function judged(
  entry: DraftService,
  facts: readonly ServiceFacts[],
  inventory: UseCaseDeps['inventory'],
): DraftService {
  const found = facts.find(({ service }) => service === entry.name);
  const service = inventory.services.find(({ name }) => name === entry.name);
  if (!found || !service) return { ...entry, confidence: 'unclear', evidence: ['nothing could be read about it'] };
  const app = found.app[0]?.preset ?? null;
  const databases = isUnusable(found.source) ? [] : found.source.moving;
  if (isUnusable(found.source) || databases.length === 0) {
    const { findings } = buildServicePlan(inventory, service, found);
    const why = findings.filter(({ level }) => level === 'blocked').map(({ code, text }) => `${code}: ${text}`);
    return { ...entry, app, confidence: 'unclear', evidence: why };
  }
  const count = found.source.sessions.reduce((sum, session) => sum + session.count, 0);
  const said = found.app.some(({ unreadable }) => unreadable === null) ? 'the running task says' : 'the jobspec says';
  const seen = count > 0 ? `${count} sessions now` : 'no session now';
  return {
    ...entry,
    app,
    confidence: count > 0 ? 'certain' : 'likely',
    evidence: [
      `${said} ${databases.map(databaseText).join(' and ')}; ${seen}`,
      ...(entry.jobspec === null ? ['its jobspec file was not found below this folder: set jobspec'] : []),
    ],
  };
}

const databaseText = ({ name, role, sizeBytes, tables }: DatabaseFacts): string =>
  `database ${name}, role ${role?.name ?? 'unknown'} (${Math.ceil(sizeBytes / 1e6)} MB, ${tables} tables)`;

function unclaimedDatabases(facts: readonly ServiceFacts[]): string[] {
  const sources = facts.flatMap(({ source }) => (isUnusable(source) ? [] : [source]));
  const claimed = new Set(sources.flatMap(({ moving }) => moving.map(({ name }) => name)));
  return (sources[0]?.databases ?? []).filter((name) => name !== 'postgres' && !claimed.has(name));
}
