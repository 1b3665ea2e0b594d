import type { NomadJob } from '../ports/nomad.js';

const MINUTE = 60 * 1_000_000_000;

/**
 * The job as registered during a move: long deadlines and no revert, because the gate holds the app back while data is
 * copied. Only `update` differs, so that the operator's own text is registered afterwards in place, without a restart
 * (measured: a change of `update` alone is an in-place update).
 */
export function movingSpec(job: NomadJob): NomadJob {
  const update = {
    MaxParallel: 1,
    HealthCheck: 'task_states',
    MinHealthyTime: 1_000_000_000,
    HealthyDeadline: 23 * 60 * MINUTE,
    ProgressDeadline: 24 * 60 * MINUTE,
    AutoRevert: false,
    AutoPromote: false,
    Canary: 0,
  };
  return {
    ...job,
    Update: update,
    TaskGroups: job.TaskGroups.map((group) => ({ ...group, Update: { ...(group.Update ?? {}), ...update } })),
  };
}
