import pLimit from 'p-limit';
import { readCatalog } from '../../dataplane/read-catalog.js';
import { sharedCatalogPath, sharedFolders } from '../../pipeline/backup-catalogs.js';
import type { CatalogLook } from '../../plan/discover/types.js';
import { TASKS } from '../../plan/names.js';
import { isLive } from '../../plan/node-json.js';
import type { NomadPort } from '../../ports/nomad.js';
import { AT_ONCE } from './cluster-look.js';
import type { Gaps } from './gaps.js';

type Reading = Pick<NomadPort, 'listJobs' | 'allocations' | 'readFile' | 'listFiles'>;

/** Every catalogue of backups that a running toolbox of dbctl has written, with no inventory that says where to look. */
export async function catalogLooks(nomad: Reading, jobs: readonly string[], gaps: Gaps): Promise<CatalogLook[]> {
  const limit = pLimit(AT_ONCE);
  const shared = (await gaps.around('jobs', () => nomad.listJobs())) ?? [];
  const own = shared.filter(({ ID, Stop }) => !Stop && SHARED_BACKUP.test(ID)).map(({ ID }) => ID);
  const found = await Promise.all(
    [...jobs, ...own].map((job) => limit(() => gaps.around(`backups of job ${job}`, () => catalogsOf(nomad, job)))),
  );
  return found.flatMap((looks) => looks ?? []);
}

const SHARED_BACKUP = /^dbctl-backup-/;

async function catalogsOf(nomad: Reading, job: string): Promise<CatalogLook[]> {
  const running = (await nomad.allocations(job)).filter(
    (one) => isLive(one) && one.TaskStates?.[TASKS.toolbox]?.State === 'running',
  );
  const read = await Promise.all(
    running.flatMap(({ ID }) => [
      readCatalog(nomad, ID).then((one) => (one === undefined ? [] : [one])),
      sharedOf(nomad, job, ID),
    ]),
  );
  return read.flat().map((catalog) => ({ job, catalog }));
}

async function sharedOf(nomad: Reading, job: string, allocId: string): Promise<CatalogLook['catalog'][]> {
  if (!SHARED_BACKUP.test(job)) return [];
  const folders = await sharedFolders({ nomad }, { allocId });
  const read = await Promise.all(folders.map((folder) => readCatalog(nomad, allocId, sharedCatalogPath(folder))));
  return read.filter((catalog) => catalog !== undefined);
}
