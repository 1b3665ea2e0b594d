import { DbctlError } from '../errors/dbctl-error.js';
import { runCatalogJob } from '../pipeline/catalog-job.js';
import { oneByOne } from '../pipeline/one-by-one.js';
import { runId } from '../plan/names.js';
import type { BackupsChangeReport } from '../report/backups-report.js';
import { catalogsOf } from './backups.js';
import { catalogJob } from './catalog-env.js';
import { programsToClear } from './clear-programs.js';
import type { UseCaseDeps } from './deps.js';
import type { SeenCatalog } from './seen-catalogs.js';

/** What retention would remove now, asked of the program that does it. Changes nothing. Throws BACKUP_NOT_FOUND, TOOLBOX_FAILED. */
export async function prunePlan(deps: UseCaseDeps, service: string): Promise<BackupsChangeReport> {
  const seen = await catalogsOf(deps, service);
  const ids = (await oneByOne(seen, (one) => removable(deps, one))).flat();
  // The databases of the shared instance have one toolbox.
  const [first] = seen;
  const folders = first?.toolbox ? await programsToClear(deps, { ...first, toolbox: first.toolbox }, service) : [];
  return { schema: 'dbctl.backups-change/1', service, verb: 'prune', status: 'would', ids, folders };
}

async function removable(deps: UseCaseDeps, seen: SeenCatalog): Promise<string[]> {
  const { toolbox, service, why } = seen;
  if (toolbox === null)
    throw new DbctlError('BACKUP_NOT_FOUND', why ?? 'there is no toolbox to ask', { where: `service ${service}` });
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  const read = await runCatalogJob(deps, toolbox, run, await catalogJob(deps, seen, 'retain-plan.sh'));
  return removedIn(await read('retain.txt'));
}

/** Lines of retain.awk: `remove <id>`, or `keep <id> <why>`. */
export const removedIn = (text: string): string[] =>
  [...text.matchAll(/^remove (\S+)$/gm)].flatMap(([, id]) => id ?? []);
