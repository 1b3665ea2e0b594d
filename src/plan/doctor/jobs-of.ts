import type { Inventory } from '../../inventory/types.js';
import type { NomadJob } from '../../ports/nomad.js';
import { serviceName, sharedBackupJob } from '../names.js';

export interface OurJob {
  readonly job: NomadJob;
  /** `null`: the shared instance's. */
  readonly service: string | null;
}

/** Jobs that doctor is about: the apps', their databases' own, the shared instance and what backs it up. */
export const jobsOf = (inventory: Inventory, jobs: readonly NomadJob[]): OurJob[] => {
  const owners = new Map<string, string | null>([
    [inventory.shared.job, null],
    [sharedBackupJob(inventory.shared.job), null],
    ...inventory.services.flatMap(({ name, job }): [string, string][] => [
      [serviceName(name), name],
      [job, name],
    ]),
  ]);
  return jobs.flatMap((job) => (owners.has(job.ID) ? [{ job, service: owners.get(job.ID) ?? null }] : []));
};
