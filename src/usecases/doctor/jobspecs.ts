import { isAbsolute, join } from 'node:path';
import type { InventoryService } from '../../inventory/types.js';
import type { ClusterLook, JobspecLook } from '../../plan/doctor/facts.js';
import { jobDifferences } from '../../plan/drift.js';
import { isUnusable } from '../../plan/facts.js';
import { parseJobspec, readJobspec, readSubmission } from '../facts/jobspec.js';
import type { LookDeps } from './deps.js';
import { problemOf } from './seen.js';

/** Each service's file, and the shared instance's, against what runs. */
export const jobspecLooks = (deps: LookDeps, cluster: ClusterLook): Promise<JobspecLook[]> => {
  const { job, jobspec } = deps.inventory.shared;
  return Promise.all([
    ...(jobspec === null ? [] : [jobspecLook(deps, cluster, { name: job, job, jobspec }, null)]),
    ...deps.services.map((service) => jobspecLook(deps, cluster, service, service.name)),
  ]);
};

async function jobspecLook(
  deps: LookDeps,
  { jobs }: ClusterLook,
  named: Pick<InventoryService, 'name' | 'job' | 'jobspec'>,
  service: string | null,
): Promise<JobspecLook> {
  const look = { service, job: named.job, path: named.jobspec, problem: null, differences: [] };
  try {
    const running = jobs.find(({ ID }) => ID === named.job) ?? null;
    const { variables } = await readSubmission(deps, running);
    const file = await parseJobspec(deps, named, await readJobspec(deps, named, variables));
    if (isUnusable(file)) return { ...look, problem: file };
    return { ...look, differences: running === null ? [] : jobDifferences(file.job, running) };
  } catch (error) {
    return { ...look, problem: problemOf(error) };
  }
}

/** Text of the shared instance's jobspec; `null` when there is none. */
export async function sharedJobspecText(deps: LookDeps): Promise<string | null> {
  const path = deps.inventory.shared.jobspec;
  if (path === null) return null;
  return (await deps.files.read(isAbsolute(path) ? path : join(deps.home, path))) ?? null;
}
