import { isTerminal } from '../../pipeline/wait-alloc.js';
import { hasDatabasePart } from '../../plan/locate.js';
import type { UseCaseDeps } from '../deps.js';
import { requireService } from '../prepared-run.js';

/**
 * A job that was run from its file on the new cluster waits for volumes that nobody has made. It is stopped, by compare-and-set,
 * so that it does not start in the middle of the rebuild; that registers it again. One with anything running is left alone.
 */
export async function stopWaiting(deps: UseCaseDeps, name: string): Promise<void> {
  const { job: id } = requireService(deps, name);
  const job = await deps.nomad.job(id);
  if (!job || job.Stop === true || !job.TaskGroups.some(hasDatabasePart)) return;
  if ((await deps.nomad.allocations(id)).some((alloc) => !isTerminal(alloc))) return;
  await deps.nomad.registerJob({ ...job, Stop: true }, { enforceIndex: job.JobModifyIndex ?? 0 });
}
