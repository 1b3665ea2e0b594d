import { readCatalog } from '../dataplane/read-catalog.js';
import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import {
  dedicatedToolbox,
  type FoundToolbox,
  sharedCatalogPath,
  sharedFolders,
  toolboxIn,
} from '../pipeline/backup-catalogs.js';
import { readJournal } from '../pipeline/journal-store.js';
import { sharedBackupJob } from '../plan/names.js';
import type { BackupCatalog } from '../report/backup-catalog.js';
import { fileName } from '../shared/file-name.js';
import type { UseCaseDeps } from './deps.js';
import { isOnItsOwn } from './verify.js';

/** One catalog that there is or should be. */
export interface SeenCatalog {
  /** The service; `<shared job>/<database>` on the shared instance, its job alone while nothing is known of its databases. */
  readonly service: string;
  readonly on: 'dedicated' | 'shared';
  readonly job: string;
  readonly toolbox: FoundToolbox | null;
  /** The database's folder; `null` for a service's own server. */
  readonly folder: string | null;
  readonly catalog: BackupCatalog | null;
  /** Why there is none. */
  readonly why: string | null;
}

/** As the inventory says, else of the service's name: what the live settings say takes a plan. */
export const namesOnShared = ({ name, databases }: Pick<InventoryService, 'name' | 'databases'>): readonly string[] =>
  databases.length > 0 ? databases : [name];

/** Those of the service's databases on the shared instance, the main one first. */
export const catalogsOnShared = (
  service: Pick<InventoryService, 'name' | 'databases'>,
  seen: readonly SeenCatalog[],
  names = namesOnShared(service),
): SeenCatalog[] => names.flatMap((name) => seen.filter(({ folder }) => folder === fileName(name)));

/** Its own server's, else those of its databases on the shared instance. */
export function catalogsOfService(service: InventoryService, seen: readonly SeenCatalog[]): SeenCatalog[] {
  const own = seen.filter((one) => one.on === 'dedicated' && one.service === service.name);
  return own.length > 0 ? own : catalogsOnShared(service, seen);
}

type Reading = Pick<UseCaseDeps, 'nomad' | 'inventory'>;

/** Of every service with a database of its own, in the order of the inventory, then of the shared instance. Nothing but files is read. */
export async function seenCatalogs(deps: Reading, services = deps.inventory.services): Promise<SeenCatalog[]> {
  const journals = await Promise.all(services.map(({ name }) => readJournal(deps.nomad, name)));
  const own = services.filter((_, index) => isOnItsOwn(journals[index]));
  const dedicated = await Promise.all(own.map((service) => dedicatedCatalog(deps, service)));
  return [...dedicated, ...(await sharedCatalogs(deps, own.length < services.length))];
}

export async function dedicatedCatalog(deps: Reading, service: InventoryService): Promise<SeenCatalog> {
  const row = { service: service.name, on: 'dedicated', job: service.job, folder: null } as const;
  try {
    const toolbox = await dedicatedToolbox(deps, service);
    const catalog = (await readCatalog(deps.nomad, toolbox.allocId)) ?? null;
    const why = catalog === null ? 'the job was rendered before there were schedules, or has just started' : null;
    return { ...row, job: toolbox.job, toolbox, catalog, why };
  } catch (error) {
    return { ...row, toolbox: null, catalog: null, why: reasonOf(error) };
  }
}

/** `used`: a service of the inventory still lives there. */
export async function sharedCatalogs(deps: Reading, used: boolean): Promise<SeenCatalog[]> {
  const { job } = deps.inventory.shared;
  const row = {
    service: job,
    on: 'shared',
    job: sharedBackupJob(job),
    folder: null,
    toolbox: null,
    catalog: null,
  } as const;
  try {
    const toolbox = await toolboxIn(deps, row.job);
    const folders = await sharedFolders(deps, toolbox);
    if (folders.length === 0) return [{ ...row, toolbox, why: 'no database was backed up yet' }];
    return await Promise.all(folders.map((folder) => oneShared(deps, { ...row, toolbox }, folder)));
  } catch (error) {
    if (!isDbctlError(error, 'DATABASE_UNAVAILABLE')) return [{ ...row, why: reasonOf(error) }];
    return used ? [{ ...row, why: 'nothing backs up the shared instance: dbctl backup deploy-shared' }] : [];
  }
}

async function oneShared(
  deps: Reading,
  row: Pick<SeenCatalog, 'on' | 'job'> & { readonly toolbox: FoundToolbox },
  folder: string,
): Promise<SeenCatalog> {
  const named = { ...row, folder, service: `${deps.inventory.shared.job}/${folder}` };
  try {
    const catalog = (await readCatalog(deps.nomad, row.toolbox.allocId, sharedCatalogPath(folder))) ?? null;
    return { ...named, catalog, why: catalog === null ? 'no catalog was written yet' : null };
  } catch (error) {
    return { ...named, catalog: null, why: reasonOf(error) };
  }
}

/** One that cannot be read is a row that says so: the others are shown all the same. */
export function reasonOf(error: unknown): string {
  if (error instanceof DbctlError) return [error.message, error.where].filter((text) => text !== undefined).join(', ');
  throw error;
}
