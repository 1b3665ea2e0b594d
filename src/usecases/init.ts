import { DbctlError } from '../errors/dbctl-error.js';
import { type DraftService, draftText, type InventoryDraft } from '../inventory/draft.js';
import { nameProblem } from '../inventory/safe-names.js';
import type { DiscoveredServer, DiscoveredService, Discovery } from '../plan/discover/index.js';
import { isNamed } from '../plan/discover/tellings.js';
import { nodeFacts } from '../plan/node-json.js';
import { commonPrefix } from '../plan/vault-paths.js';
import { presetById } from '../render/index.js';
import type { UseCaseDeps } from './deps.js';
import { discoverCluster } from './discover.js';
import { jobspecFiles } from './facts/jobspec-files.js';

export type InitDeps = Omit<UseCaseDeps, 'inventory'>;

export interface InitInput {
  /** Job of the shared instance; otherwise the PostgreSQL that most jobs use. */
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
 * A commented inventory from what `discover` finds; changes nothing. Every service's entry says what it rests on, and what is
 * unclear is a comment. Throws SHARED_NOT_FOUND when no PostgreSQL is used by other jobs.
 */
export async function init(deps: InitDeps, input: InitInput): Promise<InitReport> {
  const found = await discoverCluster(deps);
  const [shared, ...others] = chooseShared(found, input);
  const files = await jobspecFiles(deps, deps.home);
  const clients = usersOf(found, shared);
  const vault = commonPrefix(clients.map((service) => service.vault));
  const services = clients.map((service) => entryOf(service, vault, files));
  const unclaimed = shared.databases.filter(({ state }) => state === 'unclaimed').map(({ name }) => name);
  const text = draftText({
    ...{ from: input.from, vault, services, unclaimed },
    ...(await clusterShape(deps, shared)),
    shared: {
      job: shared.job,
      task: shared.task,
      service: shared.services[0] ?? '',
      jobspec: files.get(shared.job) ?? null,
    },
    why: [
      usedBy(found, shared),
      ...others.map((server) => `another PostgreSQL: job ${server.job}, ${usedBy(found, server)}`),
    ],
  });
  return { schema: 'dbctl.init/1', text, shared: shared.job, services, unclaimed };
}

/** A server's own job does not count: that one is its app's already. */
const usersOf = ({ services }: Discovery, server: DiscoveredServer): DiscoveredService[] =>
  services
    .filter(({ job, server: theirs }) => job !== server.job && theirs.job === server.job && theirs.task === server.task)
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'));

const usedBy = (found: Discovery, server: DiscoveredServer): string => {
  const jobs = [...new Set(usersOf(found, server).map(({ job }) => job))];
  return `${jobs.length === 1 ? '1 job uses it' : `${jobs.length} jobs use it`}: ${jobs.join(', ')}`;
};

/** The chosen one, then the others that jobs use. Only one with a service can be asked for by name. */
function chooseShared(found: Discovery, { shared, from }: InitInput): [DiscoveredServer, ...DiscoveredServer[]] {
  const servers = found.servers.filter(({ managed, services }) => managed && services.length > 0);
  const used = servers
    .filter((server) => usersOf(found, server).length > 0)
    .toSorted((a, b) => usersOf(found, b).length - usersOf(found, a).length || a.job.localeCompare(b.job, 'en'));
  const best = used.find(({ job }) => shared === undefined || job === shared);
  if (best) return [best, ...used.filter((server) => server !== best)];
  throw new DbctlError('SHARED_NOT_FOUND', 'no PostgreSQL that other jobs use was found', {
    where: from,
    ...(shared === undefined ? {} : { value: shared }),
    details: [
      ...servers.map(({ job, services }) => `job ${job} runs PostgreSQL as service ${services.join(', ')}`),
      ...found.gaps.map(({ source, why }) => `could not look at ${source}: ${why}`),
    ],
    next: 'dbctl discover; then dbctl init --shared <job>, or write dbctl.yaml by hand: docs/tutorial.md',
  });
}

async function clusterShape(
  { nomad }: Pick<InitDeps, 'nomad'>,
  { job, task }: DiscoveredServer,
): Promise<Pick<InventoryDraft, 'driver' | 'volumeKind'>> {
  const tasks = (await nomad.job(job))?.TaskGroups.flatMap(({ Tasks }) => Tasks) ?? [];
  const nodes = await Promise.all((await nomad.nodes()).map(async ({ ID }) => nodeFacts(await nomad.node(ID), [])));
  return {
    driver: tasks.find(({ Name }) => Name === task)?.Driver ?? 'docker',
    volumeKind: nodes.every(({ volumePlugins }) => volumePlugins.includes('mkdir')) ? 'dynamic' : 'host',
  };
}

const entryOf = (
  service: DiscoveredService,
  vault: InventoryDraft['vault'],
  files: ReadonlyMap<string, string>,
): DraftService => {
  const { name, job, app, group, tasks, databases, role, confidence, evidence } = service;
  const below = service.vault.filter(({ mount, path }) => mount === vault.mount && path.startsWith(`${vault.prefix}/`));
  const [only, second] = below;
  const jobspec = files.get(job) ?? null;
  const missing = jobspec === null ? ['its jobspec file was not found below this folder: set jobspec'] : [];
  // A plan reads what a preset reads: what other keys say has to be said by the inventory.
  const saidByPreset = isNamed(presetById(app ?? '') ?? null);
  return {
    ...{ name, job, app, jobspec, group, tasks },
    ...(saidByPreset
      ? {}
      : { databases: databases.filter(isSafe('database')), role: role !== null && isSafe('role')(role) ? role : null }),
    vaultPath: only && !second && only.path !== `${vault.prefix}/${name}` ? only.path : null,
    confidence,
    evidence: [...evidence, ...(confidence === 'unclear' ? [] : missing)],
  };
};

const isSafe =
  (kind: 'database' | 'role') =>
  (name: string): boolean =>
    nameProblem(kind, name) === undefined;
