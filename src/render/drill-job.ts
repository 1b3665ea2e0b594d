import type { DatabasePart } from '../plan/types.js';
import { type RehearsalJob, renderRehearsalJob } from './rehearsal-job.js';

export interface DrillJob extends RehearsalJob {
  /** Of its own, where the live server has the node's network too. */
  readonly port: number;
  /** Of its own, so that nobody who looks for the database finds this one. */
  readonly serviceName: string;
}

/** A throwaway server like the service's own, with a volume of its own that has the job's name. Throws NAME_UNSAFE. */
export function renderDrillJob(
  part: DatabasePart,
  job: DrillJob,
): { readonly part: DatabasePart; readonly text: string } {
  const { jobId, port, serviceName } = job;
  const volume = { ...part.volume, kind: 'dynamic', source: jobId } as const;
  const own = {
    ...part,
    job: jobId,
    port,
    serviceName,
    volume,
    placement: 'same-group',
    provider: 'nomad',
    purpose: 'rehearsal',
  } as const;
  return { part: own, text: renderRehearsalJob(own, job) };
}
