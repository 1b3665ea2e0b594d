import { DbctlError } from '../errors/dbctl-error.js';
import type { Toolbox } from '../pipeline/live.js';
import { needsNothing, renderedOffsite } from '../pipeline/offsite-needs.js';
import { putOffsite } from '../pipeline/put-offsite.js';
import { sharedBackupJob } from '../plan/names.js';
import { likeOf, sharedToolsPart } from '../plan/shared-backup.js';
import { renderToolsJob } from '../render/index.js';
import { fileName } from '../shared/file-name.js';
import type { UseCaseDeps } from './deps.js';

/**
 * Puts what copies elsewhere and messages of the shared instance's backups need, by what their job was rendered with; twice
 * is once. What could not be put is returned. Throws INTERRUPTED.
 */
export async function putSharedOffsite(
  { nomad, vault, clock, signal, inventory }: UseCaseDeps,
  toolbox: Toolbox,
): Promise<DbctlError[]> {
  const rendered = await nomad.readFile(toolbox.allocId, `${toolbox.task}/local/backup.env`);
  const job = await nomad.job(sharedBackupJob(inventory.shared.job));
  if (!job || needsNothing(renderedOffsite(rendered ?? ''))) return [];
  const name = fileName(inventory.shared.job);
  const target = sharedToolsPart(job, name);
  if (target instanceof DbctlError) return [target];
  const place = { service: likeOf(inventory), plan: { service: name, target }, toolsJob: renderToolsJob };
  return await putOffsite({ nomad, vault, clock, signal, ...place }, toolbox);
}
