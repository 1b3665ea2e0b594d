import { isTerminal } from '../../pipeline/wait-alloc.js';
import { isOwnDatabase } from '../../plan/locate.js';
import { serviceName } from '../../plan/names.js';
import type { UseCaseDeps } from '../deps.js';
import { requireService } from '../prepared-run.js';

/**
 * A job that was run from its file on the new cluster waits for volumes that nobody has made. It is stopped, by compare-and-set,
 * so that it does not start in the middle of the rebuild, which registers it again. One with anything running is left alone.
 */
export async function stopWaiting(deps: UseCaseDeps, name: string): Promise<void> {
  for (const id of new Set([requireService(deps, name).job, serviceName(name)])) await stopOne(deps, id);
}

async function stopOne({ nomad }: UseCaseDeps, id: string): Promise<void> {
  const job = await nomad.job(id);
  if (!job || job.Stop === true || !isOwnDatabase(job)) return;
  if ((await nomad.allocations(id)).some((alloc) => !isTerminal(alloc))) return;
  await nomad.registerJob({ ...job, Stop: true }, { enforceIndex: job.JobModifyIndex ?? 0 });
}
