import { readCatalog } from '../dataplane/read-catalog.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import type { DrillContext } from '../pipeline/drill/context.js';
import { hasOwnDatabase } from '../pipeline/journal.js';
import { journalToReadOnly } from '../pipeline/journal-store.js';
import { type Toolbox, toolboxOf } from '../pipeline/live.js';
import { chooseSet } from '../pipeline/restore/choose.js';
import { drillJobId } from '../plan/names.js';
import type { DatabasePart } from '../plan/types.js';
import type { NomadJob } from '../ports/nomad.js';
import { renderDrillJob } from '../render/index.js';
import type { Secret } from '../shared/secret.js';
import { ageIdentity } from './age-identity.js';
import type { UseCaseDeps } from './deps.js';
import { offsitePlace } from './offsite-place.js';
import { loadPrepared, type PreparedRun } from './prepared-run.js';

export interface DrillInput {
  /** The set on the backup volume in place of an off-site copy. */
  readonly local: boolean;
  /** Name of a target; `null`: the first of the service. */
  readonly offsite: string | null;
  readonly from: string | null;
  readonly identity: Secret | null;
  /** Only services whose turn it is by `drill.schedule`. */
  readonly due: boolean;
}

export interface PreparedDrill extends Pick<DrillContext, 'plan' | 'source' | 'chosen' | 'offsite' | 'identity'> {
  /** The operator named the backup, so its age says nothing of the newest. */
  readonly named: boolean;
}

export interface LiveDatabase extends Pick<PreparedRun, 'plan'> {
  /** The history lies on its backup volume. */
  readonly toolbox: Toolbox;
}

/** The service's own server. Throws RUN_NOT_FOUND, DATABASE_UNAVAILABLE. */
export async function liveDatabase(deps: UseCaseDeps, service: InventoryService): Promise<LiveDatabase> {
  const { plan } = await recordedPlan(deps, service);
  return { plan, toolbox: await toolboxOf({ nomad: deps.nomad, signal: deps.signal, plan }) };
}

/** Which set, and the throwaway job for it. Changes nothing. Throws BACKUP_NOT_FOUND, USAGE. */
export async function prepareDrill(
  deps: UseCaseDeps,
  service: InventoryService,
  { plan, toolbox }: LiveDatabase,
  run: string,
  input: DrillInput,
): Promise<PreparedDrill> {
  const name = targetName(service, input);
  const catalog = await readCatalog(deps.nomad, toolbox.allocId);
  const chosen = chooseSet(service.name, catalog, { id: input.from, at: null, offsite: name, drill: true });
  const job = await jobFor(deps, plan, run);
  return {
    chosen,
    named: input.from !== null,
    offsite: name === null ? null : offsitePlace(service, name),
    identity: name === null ? null : await ageIdentity(deps, service, input.identity),
    plan: { service: service.name, target: job.part, node: plan.node, owner: plan.owner },
    source: { Source: job.text, Format: 'hcl2' },
  };
}

/** As the service's database was made. Throws RUN_NOT_FOUND where it has none of its own. */
export async function recordedPlan(deps: UseCaseDeps, { name }: InventoryService): Promise<PreparedRun> {
  const journal = await journalToReadOnly(deps.nomad, name);
  const { current } = journal;
  if (current && hasOwnDatabase(current.phase))
    return await loadPrepared({ deps, journal, signal: deps.signal }, name, current.run);
  throw new DbctlError('RUN_NOT_FOUND', 'the service has no database of its own', {
    where: `service ${name}`,
    value: current?.phase ?? 'no journal',
    next: `dbctl plan ${name}`,
  });
}

function targetName({ name, backup }: InventoryService, { local, offsite }: DrillInput): string | null {
  if (local) return null;
  const first = offsite ?? backup.offsite[0]?.name;
  if (first !== undefined) return first;
  throw new DbctlError('USAGE', 'the service has no off-site copies to try', {
    where: `service ${name}, backup.offsite`,
    next: `dbctl drill ${name} --local, or set backup.offsite in dbctl.yaml`,
  });
}

/** Beside the live server on its node: what Nomad would give to others is not taken, nor what the system gives to clients. */
const PORTS = { from: 15_000, count: 5_000 } as const;

async function jobFor(
  deps: UseCaseDeps,
  { service, target, node }: PreparedRun['plan'],
  run: string,
): Promise<ReturnType<typeof renderDrillJob>> {
  const job = await deps.nomad.job(target.job);
  return renderDrillJob(asItRuns(target, job), {
    jobId: drillJobId(service, run),
    namespace: job?.Namespace ?? 'default',
    datacenters: Array.isArray(job?.['Datacenters']) ? job['Datacenters'].map(String) : ['*'],
    nodeId: node.id,
    port: PORTS.from + (deps.randomBytes(2).readUInt16BE() % PORTS.count),
    serviceName: `dbctl-drill-${run}`,
  });
}

/** The image of today: a backup may need an extension, or a minor release, that the one of the move did not have. */
function asItRuns(target: DatabasePart, job: NomadJob | undefined): DatabasePart {
  const tasks = (job?.TaskGroups ?? []).flatMap(({ Tasks }) => Tasks ?? []);
  const image = tasks.find(({ Name }) => Name === target.task)?.Config?.['image'];
  return typeof image === 'string' && target.image !== undefined ? { ...target, image } : target;
}
