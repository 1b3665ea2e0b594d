import { sharedDir } from '../pipeline/backup-catalogs.js';
import { backupSettings, serviceDir } from '../pipeline/backup-settings.js';
import type { EnvValue } from '../pipeline/toolbox-run.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';
import type { SeenCatalog } from './seen-catalogs.js';

/** The folder on the volume that a catalog tells of. */
export const dirOf = ({ inventory }: Pick<UseCaseDeps, 'inventory'>, { service, folder }: SeenCatalog): string =>
  folder === null ? serviceDir(service) : `${sharedDir(inventory.shared.job)}/${folder}`;

/** Settings of a program that works on one catalog: the job's own where it has them, else what the inventory says. */
export async function catalogEnv(deps: UseCaseDeps, seen: SeenCatalog): Promise<Readonly<Record<string, EnvValue>>> {
  const { toolbox, folder, service } = seen;
  if (folder !== null) return sharedEnv(folder);
  const rendered = toolbox && (await deps.nomad.readFile(toolbox.allocId, `${toolbox.task}/local/backup.env`));
  const { databases } = requireService(deps, service);
  return rendered ? {} : backupSettings(requireService(deps, service), databases, '');
}

/** shared.sh leaves each database's settings there. CONFIG first: what follows moves the folder it is below. */
const sharedEnv = (folder: string): Readonly<Record<string, EnvValue>> => ({
  CONFIG: { below: 'NOMAD_ALLOC_DIR', path: `shared/${folder}/backup.env` },
  NOMAD_ALLOC_DIR: { below: 'NOMAD_ALLOC_DIR', path: `shared/${folder}` },
});
