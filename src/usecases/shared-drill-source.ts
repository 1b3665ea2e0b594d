import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import type { FoundToolbox } from '../pipeline/backup-catalogs.js';
import { inToolbox } from '../pipeline/toolbox-run.js';
import { dataOwner, imageOfTask, majorOf, SAME_AS_SOURCE } from '../plan/image.js';
import { asShared, sharedToolsPart } from '../plan/shared-backup.js';
import { databasePart, NO_SOURCE } from '../plan/target.js';
import type { DatabasePart } from '../plan/types.js';
import { noSharedJob, sharedDatabases } from './backup-place.js';
import { sharedCatalogJob } from './catalog-env.js';
import type { UseCaseDeps } from './deps.js';
import type { DrillSource } from './drill-source.js';
import { catalogsOnShared, type SeenCatalog, seenCatalogs } from './seen-catalogs.js';

/** What the first start makes, empty, and what goes again before anything is restored. */
const PLACEHOLDER = { role: 'dbctl_drill', encoding: 'UTF8', collate: 'C', ctype: 'C' } as const;

/**
 * Of a service on the shared instance: the sets of its databases, and a throwaway server like the shared one, on the node
 * that has their volume. Changes nothing. Throws BACKUP_NOT_FOUND, DATABASE_NOT_FOUND, JOB_NOT_FOUND, JOBSPEC_UNSUPPORTED.
 */
export async function sharedSource(deps: UseCaseDeps, service: InventoryService): Promise<DrillSource> {
  const names = await sharedDatabases(deps, service);
  const all = await seenCatalogs(deps, [service]);
  const seen = catalogsOnShared(service, all, names);
  const toolbox = all.find((one) => one.toolbox !== null)?.toolbox;
  if (!toolbox) throw noSharedJob(deps.inventory.shared.job);
  if (seen.length < names.length) throw notBackedUp(service.name, names, seen);
  const { target, owner } = await serverLike(deps, { service, names, seen, toolbox });
  const alloc = await deps.nomad.allocation(toolbox.allocId);
  return {
    service: asShared(deps.inventory, service),
    plan: {
      ...{ service: service.name, target, owner },
      node: { id: alloc?.NodeID ?? '', name: alloc?.NodeName ?? '', free: { cpu: 0, memory: 0 } },
    },
    toolbox,
    sets: () => Promise.resolve(seen.map((one) => ({ store: storeOf(one), catalog: one.catalog ?? undefined }))),
    history: () => Promise.resolve(sharedCatalogJob('drilled.sh', names)),
  };
}

/** As its program names it in each manifest. */
const storeOf = ({ catalog, service }: SeenCatalog): string => catalog?.service ?? service;

const notBackedUp = (service: string, names: readonly string[], seen: readonly SeenCatalog[]): DbctlError =>
  new DbctlError('BACKUP_NOT_FOUND', 'not every database of the service was backed up on the shared instance', {
    where: `service ${service}`,
    value: names.join(', '),
    details: seen.map((one) => `known: ${one.service}`),
    next: `dbctl backup ${service}`,
  });

interface Like {
  readonly service: InventoryService;
  readonly names: readonly string[];
  readonly seen: readonly SeenCatalog[];
  readonly toolbox: FoundToolbox;
}

/** Driver of the toolbox, image of the shared server where the driver has any: what was backed up runs there. */
async function serverLike(
  deps: UseCaseDeps,
  { service, names, seen, toolbox }: Like,
): Promise<Pick<DrillSource['plan'], 'target' | 'owner'>> {
  const job = await deps.nomad.job(toolbox.job);
  const tools = job ? sharedToolsPart(job, service.name) : noSharedJob(deps.inventory.shared.job);
  if (tools instanceof DbctlError) throw tools;
  const { driver, image: toolsImage = null, backupVolume } = tools;
  const { shared } = deps.inventory;
  const image = imageOfTask(await deps.nomad.job(shared.job), shared.task) ?? toolsImage;
  const serverVersion = Math.max(0, ...seen.map(({ catalog }) => catalog?.sets.at(-1)?.server.version ?? 0));
  const part = databasePart({
    service: { ...service, driver, image: SAME_AS_SOURCE, major: majorOf(serverVersion) },
    source: { ...NO_SOURCE, driver, image, serverVersion },
    placement: { kind: 'own-job', network: 'host' },
    ...{ role: PLACEHOLDER.role, group: '', provider: 'nomad', vaultRole: null, port: 0 },
  });
  const { role: _, ...spec } = PLACEHOLDER;
  const target = { ...part, job: toolbox.job, backupVolume, databases: names.map((name) => ({ name, ...spec })) };
  return { target, owner: ownerOf(target, { driver, image: toolsImage, ids: await idsOf(deps, toolbox, service) }) };
}

type Ids = DrillSource['plan']['owner'];

function ownerOf(
  target: DatabasePart,
  { driver, image, ids }: { readonly driver: string; readonly image: string | null; readonly ids: Ids },
): Ids {
  const owner = dataOwner(target, { ...NO_SOURCE, driver, image, owner: ids });
  if (owner) return owner;
  throw new DbctlError('JOBSPEC_UNSUPPORTED', 'the ids of the postgres user in the image are not known', {
    where: `service ${target.service}`,
    value: target.image ?? target.driver,
  });
}

/** As whom the toolbox works, which is who owns the sets. */
async function idsOf(deps: UseCaseDeps, toolbox: FoundToolbox, { name }: InventoryService): Promise<Ids> {
  const ctx = { ...deps, plan: { service: name } };
  const said = await inToolbox(ctx, toolbox, 'printf "dbctl-ids %s %s\\n" "$(id -u)" "$(id -g)"');
  const [, uid, gid] = /^dbctl-ids (\d+) (\d+)$/m.exec(said) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new DbctlError('EXEC_FAILED', 'the toolbox does not say as whom it works', { where: `job ${toolbox.job}` });
}
