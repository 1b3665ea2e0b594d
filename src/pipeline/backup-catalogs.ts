import { isDbctlError } from '../errors/dbctl-error.js';
import { serviceName, TASKS } from '../plan/names.js';
import type { AllocsPort } from '../ports/nomad.js';
import { fileName } from '../shared/file-name.js';
import { runningAlloc, type Toolbox } from './live.js';

type Reading = { readonly nomad: Pick<AllocsPort, 'listFiles'> };

/** On the shared instance every database has a catalog, below a folder of its own. */
const SHARED_FOLDER = 'alloc/shared';

export const sharedCatalogPath = (folder: string): string => `${SHARED_FOLDER}/${folder}/dbctl/backups/catalog.json`;

export interface FoundToolbox extends Toolbox {
  readonly job: string;
}

/** The toolbox beside a dedicated server: in the app's job, or in the database's own. Throws DATABASE_UNAVAILABLE, ALLOC_AMBIGUOUS. */
export async function dedicatedToolbox(
  ctx: Parameters<typeof runningAlloc>[0],
  service: { readonly name: string; readonly job: string },
): Promise<FoundToolbox> {
  const own = serviceName(service.name);
  return await toolboxIn(ctx, service.job).catch((error: unknown) => {
    if (!isDbctlError(error, 'DATABASE_UNAVAILABLE')) throw error;
    // An app without a database in its group is no proof that there is a job with one: that job's own error is told.
    return toolboxIn(ctx, own).catch((other: unknown) => Promise.reject(isDbctlError(other) ? other : error));
  });
}

export async function toolboxIn(ctx: Parameters<typeof runningAlloc>[0], job: string): Promise<FoundToolbox> {
  return { job, allocId: (await runningAlloc(ctx, job, TASKS.toolbox)).ID, task: TASKS.toolbox };
}

/** Folders of the shared instance's databases that have had a backup, or a try. */
export async function sharedFolders({ nomad }: Reading, { allocId }: Pick<Toolbox, 'allocId'>): Promise<string[]> {
  const found = await nomad.listFiles(allocId, SHARED_FOLDER);
  return found.filter(({ IsDir }) => IsDir).map(({ Name }) => Name);
}

/** Holds the programs, and a folder for each database with what a service has. */
export const sharedDir = (job: string): string => `/backups/${fileName(job)}`;
