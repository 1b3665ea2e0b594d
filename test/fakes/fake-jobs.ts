import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { Evaluation, JobSource, JobsPort, NomadJob } from '../../src/ports/nomad.js';

export interface FakeJobs extends JobsPort {
  readonly jobs: Map<string, { versions: NomadJob[]; sources: Map<number, JobSource> }>;
  readonly evaluations: Map<string, Evaluation>;
  /** What HCL texts parse to; JSON sources need no entry. */
  readonly parses: Map<string, NomadJob>;
  readonly nextIndex: () => number;
}

export interface FakeJobsHooks {
  readonly registered: (job: NomadJob) => void;
  readonly purged: (id: string) => void;
}

/** Jobs with versions and modify indexes; every register is a new version, as in Nomad when the spec changed. */
export function fakeJobs(hooks: FakeJobsHooks): FakeJobs {
  const jobs: FakeJobs['jobs'] = new Map();
  const evaluations: FakeJobs['evaluations'] = new Map();
  const parses: FakeJobs['parses'] = new Map();
  const counter = { index: 10 };
  const nextIndex = (): number => ++counter.index;
  const current = (id: string): NomadJob | undefined => jobs.get(id)?.versions.at(-1);
  return {
    jobs,
    evaluations,
    parses,
    nextIndex,
    agentSelf: async () => ({
      version: '1.11.1',
      region: 'global',
      address: 'http://fake.invalid:4646',
      maxKillTimeoutSeconds: 90,
    }),
    listJobs: async () => [...jobs.keys()].map((id) => listed(current(id) ?? { ID: id, TaskGroups: [] })),
    parseJob: async (source) => structuredClone(parses.get(source.Source) ?? parseJson(source)),
    job: async (id) => structuredClone(current(id)),
    allVersions: async () => structuredClone([...jobs.values()].flatMap(({ versions }) => versions)),
    submission: async (id, version) => jobs.get(id)?.sources.get(version),
    planJob: async () => ({ Diff: { Type: 'Edited' }, Warnings: '', FailedTGAllocs: null }),
    validateJob: async (job) => ({
      errors: (job.TaskGroups ?? []).length > 0 ? [] : ['Missing job task groups'],
      warnings: '',
    }),
    registerJob: async (job, { enforceIndex, submission }) => {
      const seen = current(job.ID)?.JobModifyIndex ?? 0;
      if (seen !== enforceIndex)
        throw new DbctlError('JOB_CHANGED', 'the job was changed by somebody else meanwhile', { where: job.ID });
      const known = jobs.get(job.ID) ?? { versions: [], sources: new Map<number, JobSource>() };
      const Version = known.versions.length;
      const index = nextIndex();
      const Status = job.Stop ? 'dead' : 'running';
      known.versions.push(
        structuredClone({
          ...job,
          Version,
          Status,
          Stop: job.Stop ?? false,
          JobModifyIndex: index,
          ModifyIndex: index,
        }),
      );
      const source = submission ?? known.sources.get(Version - 1);
      if (source) known.sources.set(Version, source);
      jobs.set(job.ID, known);
      const evalId = `eval-${index}`;
      evaluations.set(evalId, { ID: evalId, Status: 'complete', FailedTGAllocs: null });
      hooks.registered(current(job.ID) ?? job);
      return { evalId, jobModifyIndex: index };
    },
    purgeJob: async (id) => {
      if (jobs.delete(id)) hooks.purged(id);
    },
    evaluation: async (id) => evaluations.get(id),
  };
}

const listed = (job: NomadJob): { ID: string; Type: string; Status: string; Stop: boolean } => ({
  ID: job.ID,
  Type: job.Type ?? 'service',
  Status: job.Status ?? 'running',
  Stop: job.Stop ?? false,
});

function parseJson(source: JobSource): NomadJob {
  try {
    const value = JSON.parse(source.Source);
    return value.Job ?? value;
  } catch {
    throw new DbctlError('JOBSPEC_UNPARSABLE', 'Nomad cannot parse the jobspec', { value: source.Source.slice(0, 40) });
  }
}
