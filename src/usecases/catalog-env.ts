import { sharedDir } from '../pipeline/backup-catalogs.js';
import { backupSettings, numbered, serviceDir } from '../pipeline/backup-settings.js';
import type { CatalogJob } from '../pipeline/catalog-job.js';
import type { Toolbox } from '../pipeline/live.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';
import type { SeenCatalog } from './seen-catalogs.js';

/** The folder on the volume that a catalog tells of. */
export const dirOf = ({ inventory }: Pick<UseCaseDeps, 'inventory'>, { service, folder }: SeenCatalog): string =>
  folder === null ? serviceDir(service) : `${sharedDir(inventory.shared.job)}/${folder}`;

/** A program for one catalog: with the job's own settings where it has them, else with what the inventory says. */
export async function catalogJob(
  deps: UseCaseDeps,
  seen: Pick<SeenCatalog, 'folder' | 'service' | 'catalog'> & { readonly toolbox: Toolbox | null },
  program: CatalogJob['program'],
): Promise<CatalogJob> {
  const { toolbox, folder, service, catalog } = seen;
  const databases = (catalog?.sets.at(-1)?.databases ?? []).map(({ database }) => database);
  if (folder !== null) return sharedCatalogJob(program, databases);
  const rendered = toolbox && (await deps.nomad.readFile(toolbox.allocId, `${toolbox.task}/local/backup.env`));
  return {
    program,
    script: program,
    env: rendered ? {} : backupSettings(requireService(deps, service), databases, ''),
  };
}

/** On the shared instance one program runs them, each for a database. */
export const sharedCatalogJob = (program: CatalogJob['program'], databases: readonly string[]): CatalogJob => ({
  ...{ program, script: 'shared.sh' },
  env: { PROGRAM: program, ...numbered('WANTED_DATABASE', databases) },
});
