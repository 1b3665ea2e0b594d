import { serviceChecks } from '../../pipeline/service-checks.js';
import type { ClusterLook, RegisteredLook } from '../../plan/doctor/facts.js';
import { jobsOf } from '../../plan/doctor/jobs-of.js';
import { isLive } from '../../plan/node-json.js';
import { registeredAddress } from '../facts/shared-address.js';
import type { LookDeps } from './deps.js';

/** Where clients of the shared instance are sent to, and every check of our jobs that does not pass. */
export async function registeredLook(deps: LookDeps, cluster: ClusterLook): Promise<RegisteredLook> {
  const ours = new Set(jobsOf({ ...deps.inventory, services: deps.services }, cluster.jobs).map(({ job }) => job.ID));
  const running = cluster.allocations.filter(
    (alloc) => ours.has(alloc.JobID) && isLive(alloc) && alloc.ClientStatus === 'running',
  );
  const [shared, checks] = await Promise.all([
    registeredAddress(deps, cluster.jobs),
    Promise.all(
      running.map(async (alloc) => (await serviceChecks(deps, alloc)).map((check) => ({ job: alloc.JobID, ...check }))),
    ),
  ]);
  return { shared: shared ?? null, failing: checks.flat().filter(({ status }) => status === 'failure') };
}
