import type { Clock } from '../../src/ports/clock.js';
import type { NomadJob, NomadPort } from '../../src/ports/nomad.js';
import { type FakeAllocs, fakeAllocs } from './fake-allocs.js';
import { fakeClock } from './fake-clock.js';
import { type FakeCluster, fakeCluster } from './fake-cluster.js';
import { type FakeJobs, fakeJobs } from './fake-jobs.js';
import { type FakeVariables, fakeVariables } from './fake-variables.js';

export interface FakeNomad {
  readonly port: NomadPort;
  readonly jobs: FakeJobs;
  readonly allocs: FakeAllocs;
  readonly cluster: FakeCluster;
  readonly variables: FakeVariables;
  /** Replaces what a register does to allocations: by default one running allocation per group, none when stopped. */
  onRegister: (job: NomadJob) => void;
}

export function fakeNomad(clock: Clock = fakeClock({ auto: true })): FakeNomad {
  const jobs = fakeJobs({ registered: (job) => fake.onRegister(job), purged: (id) => fake.allocs.end(id) });
  const allocs = fakeAllocs(clock, jobs.nextIndex);
  const cluster = fakeCluster(() => [...allocs.all.values()]);
  const variables = fakeVariables(clock);
  const fake: FakeNomad = {
    jobs,
    allocs,
    cluster,
    variables,
    onRegister: (job) => {
      if (job.Stop) allocs.end(job.ID);
      else allocs.place(job);
    },
    // Each part keeps its own state; later changes of a part's hooks are seen, since methods read them when called.
    port: { ...jobs, ...allocs, ...cluster, ...variables },
  };
  return fake;
}
