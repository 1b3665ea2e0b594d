import type { Allocation } from '../../ports/nomad.js';
import { type Check, checksOf, type Found, found } from './check.js';
import { jobsOf } from './jobs-of.js';
import { isLive } from './runs.js';

const check = checksOf('init', ['nomad-token']);

const LONG_MS = 10 * 60_000;

/** Told before the servers that go down with them. */
export const INIT_CHECKS: readonly Check[] = [
  check({
    id: 'init-task',
    title: 'tasks that make databases ended well',
    why: '"password authentication failed" of an app whose database was never made',
    reads: ['cluster'],
    look: ({ cluster, inventory }) =>
      found(
        lastEnds(cluster, inventory).flatMap(({ job, task, alloc, state, service }): Found[] =>
          state.Failed
            ? [
                {
                  level: 'fail',
                  service,
                  evidence: `job ${job}, task ${task} failed in ${alloc.slice(0, 8)}: ${state.Events.at(-1)?.DisplayMessage ?? 'without a word'}`,
                  fix: `nomad alloc logs -stderr ${alloc.slice(0, 8)} ${task}; then nomad job run the file of ${job}: it is safe to repeat`,
                },
              ]
            : [],
        ),
        'they did',
      ),
  }),
  check({
    id: 'init-waits',
    title: 'no task that makes databases waits for ever',
    why: 'it waits for a server that does not come, or for a secret; the app waits with it',
    reads: ['cluster'],
    look: ({ cluster, inventory, now }) =>
      found(
        oneShots(cluster, inventory).flatMap(({ job, task, alloc, state, service }): Found[] => {
          if (state.State === 'dead' || task === 'db-gate') return [];
          const since = Date.parse(state.StartedAt ?? '') || (state.Events[0]?.Time ?? Number.NaN) / 1e6;
          const minutes = Math.floor((now.getTime() - since) / 60_000);
          return now.getTime() - since > LONG_MS
            ? [
                {
                  level: 'fail',
                  service,
                  evidence: `job ${job}, task ${task} has been ${state.State} for ${minutes} min`,
                  fix: `nomad alloc status ${alloc.slice(0, 8)}; nomad alloc logs ${alloc.slice(0, 8)} ${task}`,
                },
              ]
            : [];
        }),
        'none does',
      ),
  }),
  check({
    id: 'init-log',
    title: 'their logs tell no error',
    why: 'psql without ON_ERROR_STOP ends well although a statement failed',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      found(
        logs
          .filter(({ task }) => /init/.test(task))
          .flatMap(({ job, task, text }): Found[] => {
            const line = text.split('\n').find((one) => /\b(?:ERROR|FATAL|PANIC):|permission denied/.test(one));
            return line === undefined
              ? []
              : [
                  {
                    level: 'warn',
                    service: inventory.services.find((one) => one.job === job)?.name ?? null,
                    evidence: `job ${job}, task ${task} says: ${withoutValues(line)}`,
                    fix: `nomad alloc logs -stderr -job ${job} ${task}; correct its script, then run the job again`,
                  },
                ];
          }),
        'they do not',
      ),
  }),
];

/** The gate waits for what is wrong with the database behind it: told after that. */
export const GATE_CHECKS: readonly Check[] = [
  check({
    id: 'gate-closed',
    title: 'no app waits behind its gate',
    why: 'the gate lets an app in only when its database carries the word "verified"',
    reads: ['cluster', 'journals'],
    look: ({ cluster, inventory, journals, now }) =>
      found(
        oneShots(cluster, inventory).flatMap(({ task, alloc, state, service, job }): Found[] => {
          const going = journals.some((one) => one.service === service && (one.resume !== null || one.locked));
          const since = Date.parse(state.StartedAt ?? '');
          if (task !== 'db-gate' || state.State !== 'running' || going || now.getTime() - since < 60_000) return [];
          return [
            {
              level: 'fail',
              service,
              evidence: `job ${job}: db-gate of ${alloc.slice(0, 8)} holds the app back, and no run is going on`,
              fix: `nomad alloc logs ${alloc.slice(0, 8)} db-gate tells what it waits for; dbctl verify ${service ?? ''}`,
            },
          ];
        }),
        'none does',
      ),
  }),
];

export const LEFT_BLOCK_CHECKS: readonly Check[] = [
  check({
    id: 'init-block-left',
    title: 'no init task makes a moved database again',
    why: 'the next start of the shared instance makes an empty one of the old name, and nobody notices who writes to it',
    needs: ['shared-answers'],
    reads: ['shared', 'journals'],
    look: ({ shared, journals }) => {
      const names = 'value' in shared.sql ? shared.sql.value.databases.map(({ name }) => name) : [];
      return found(
        journals.flatMap(({ service, tombstones, own }): Found[] =>
          tombstones
            .filter(({ database, tombstone }) => own && database !== tombstone && names.includes(database))
            .map(({ database }) => ({
              level: 'warn',
              service,
              evidence: `the shared instance has a database ${database} again, although it has moved`,
              fix: `take its block out of the init task of job ${shared.job} and drop it when it is empty; dbctl finalize ${service} does the first`,
            })),
        ),
        'none does',
      );
    },
  }),
];

interface OneShot {
  readonly job: string;
  readonly task: string;
  readonly alloc: string;
  readonly service: string | null;
  readonly state: NonNullable<Allocation['TaskStates']>[string];
}

type Cluster = { readonly jobs: Parameters<typeof jobsOf>[1]; readonly allocations: readonly Allocation[] };

/** Tasks beside the main ones that end by themselves, of allocations that `counts`. */
const oneShots = (
  { jobs, allocations }: Cluster,
  inventory: Parameters<typeof jobsOf>[0],
  counts: (alloc: Allocation, version: number | undefined) => boolean = isLive,
): OneShot[] =>
  jobsOf(inventory, jobs).flatMap(({ job, service }) =>
    allocations
      .filter((alloc) => alloc.JobID === job.ID && counts(alloc, job.Version))
      .flatMap((alloc) =>
        job.TaskGroups.filter(({ Name }) => Name === alloc.TaskGroup)
          .flatMap(({ Tasks }) => Tasks.filter(({ Lifecycle }) => Lifecycle != null && !Lifecycle.Sidecar))
          .flatMap(({ Name }) => {
            const state = alloc.TaskStates?.[Name];
            return state === undefined ? [] : [{ job: job.ID, task: Name, alloc: alloc.ID, service, state }];
          }),
      ),
  );

/**
 * The newest end of each in the job as it is now. One that fails takes its allocation with it, and the next one begins
 * again: what still runs there says nothing yet.
 */
const lastEnds = ({ jobs, allocations }: Cluster, inventory: Parameters<typeof jobsOf>[0]): OneShot[] => {
  const newestFirst = allocations.toSorted((a, b) => b.CreateIndex - a.CreateIndex);
  const current = ({ JobVersion }: Allocation, version: number | undefined): boolean => JobVersion === version;
  const ended = oneShots({ jobs, allocations: newestFirst }, inventory, current).filter(
    ({ state }) => state.State === 'dead',
  );
  return ended.filter((one, at) => ended.findIndex(({ job, task }) => job === one.job && task === one.task) === at);
};

/** A failed statement may quote a password: what stands between quotes is not shown. */
const withoutValues = (line: string): string => line.replaceAll(/'[^']*'/g, "'…'").slice(0, 200);
