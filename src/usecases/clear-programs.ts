import { isDbctlError } from '../errors/dbctl-error.js';
import { sharedDir } from '../pipeline/backup-catalogs.js';
import { serviceDir } from '../pipeline/backup-settings.js';
import { type OldProgramsContext, oldPrograms, removeOldPrograms } from '../pipeline/old-programs.js';
import type { BackupPlace } from './backup-place.js';
import type { UseCaseDeps } from './deps.js';

type Where = Pick<BackupPlace, 'on' | 'toolbox'>;

/** What nothing names any more, before anything is removed. Throws EXEC_FAILED, EXEC_UNKNOWN, NOMAD_UNAVAILABLE. */
export const programsToClear = (deps: UseCaseDeps, place: Where, service: string): Promise<string[]> =>
  oldPrograms(contextOf(deps), place.toolbox, folderOf(deps, place, service));

/** After a backup that is there and was read whole. Notes of what is gone; what could not be looked at stays, and is one too. */
export async function clearPrograms(deps: UseCaseDeps, place: Where, service: string): Promise<string[]> {
  try {
    const gone = await removeOldPrograms(contextOf(deps), place.toolbox, folderOf(deps, place, service));
    return gone.map((folder) => `removed ${folder}: no job and no backup names it any more`);
  } catch (error) {
    if (!isDbctlError(error) || error.code === 'INTERRUPTED') throw error;
    return [`programs and tools of earlier versions were left where they are: ${error.message}`];
  }
}

const contextOf = ({ nomad, files, home, signal, inventory: { services } }: UseCaseDeps): OldProgramsContext => ({
  ...{ nomad, files, home, signal, services },
});

const folderOf = ({ inventory }: UseCaseDeps, { on }: Where, service: string): string =>
  on === 'shared' ? sharedDir(inventory.shared.job) : serviceDir(service);
