import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import type { DrillContext } from '../pipeline/drill/context.js';
import { type Chosen, chooseSet, startedOf } from '../pipeline/restore/choose.js';
import { imageOfTask } from '../plan/image.js';
import { drillJobId } from '../plan/names.js';
import type { DatabasePart } from '../plan/types.js';
import type { NomadJob } from '../ports/nomad.js';
import { renderDrillJob } from '../render/index.js';
import type { Secret } from '../shared/secret.js';
import { ageIdentity } from './age-identity.js';
import type { UseCaseDeps } from './deps.js';
import type { DrillSets, DrillSource } from './drill-source.js';
import { offsitePlace } from './offsite-place.js';

export interface DrillInput {
  /** The set on the backup volume in place of an off-site copy. */
  readonly local: boolean;
  /** Name of a target; `null`: the first of the service, where it has any. */
  readonly offsite: string | null;
  readonly from: string | null;
  readonly identity: Secret | null;
  /** Only services whose turn it is by `drill.schedule`. */
  readonly due: boolean;
}

type Decided = 'service' | 'plan' | 'source' | 'chosen' | 'more' | 'offsite' | 'identity';

export interface PreparedDrill extends Pick<DrillContext, Decided> {
  /** The operator named the backup, so its age says nothing of the newest. */
  readonly named: boolean;
}

/** Which sets, and the throwaway job for them. Changes nothing. Throws BACKUP_NOT_FOUND, USAGE. */
export async function prepareDrill(
  deps: UseCaseDeps,
  { service, plan, sets }: DrillSource,
  { run, note }: { readonly run: string; readonly note: (text: string) => void },
  input: DrillInput,
): Promise<PreparedDrill> {
  const name = targetName(service, input);
  const [chosen, ...more] = chosenSets(service.name, await sets(), { ...input, offsite: name });
  const job = await jobFor(deps, plan, run);
  if (name === null && !input.local)
    note('there are no copies elsewhere (backup.offsite): the backup on the backup volume was tried');
  return {
    ...{ service, chosen, more },
    named: input.from !== null,
    offsite: name === null ? null : offsitePlace(service, name),
    identity: name === null ? null : await ageIdentity(deps, service, input.identity),
    plan: { service: service.name, target: job.part, node: plan.node, owner: plan.owner },
    source: { Source: job.text, Format: 'hcl2' },
  };
}

/** Of each catalog one, the oldest first: what is given back is as old as that. Throws BACKUP_NOT_FOUND, USAGE. */
function chosenSets(
  service: string,
  all: readonly DrillSets[],
  { from, offsite }: Pick<DrillInput, 'from' | 'offsite'>,
): [Chosen, ...Chosen[]] {
  if (from !== null && all.length > 1)
    throw new DbctlError('USAGE', 'each database of the service has backups of its own, which no single one names', {
      where: `service ${service}, --from`,
      value: from,
      next: `dbctl drill ${service}`,
    });
  const chosen = all.map(({ store, catalog }) =>
    chooseSet(service, catalog, {
      id: from,
      at: null,
      offsite,
      drill: true,
      ...(store === undefined ? {} : { store }),
    }),
  );
  const [first, ...others] = chosen.toSorted((a, b) => (startedOf(a) ?? '').localeCompare(startedOf(b) ?? '', 'en'));
  if (first) return [first, ...others];
  throw new DbctlError('INTERNAL', 'a drill of no database', { where: `service ${service}` });
}

/** `null`: the set on the backup volume, also where there are no copies elsewhere. */
function targetName({ backup }: InventoryService, { local, offsite }: DrillInput): string | null {
  if (local) return null;
  return offsite ?? backup.offsite[0]?.name ?? null;
}

/** Beside the live server on its node: what Nomad would give to others is not taken, nor what the system gives to clients. */
const PORTS = { from: 15_000, count: 5_000 } as const;

async function jobFor(
  deps: UseCaseDeps,
  { service, target, node }: DrillSource['plan'],
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
  const image = imageOfTask(job, target.task);
  return image !== null && target.image !== undefined ? { ...target, image } : target;
}
