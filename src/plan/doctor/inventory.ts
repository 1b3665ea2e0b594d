import { type Check, checksOf, type Found, found } from './check.js';
import { leftoverJobs } from './leftovers.js';

const check = checksOf('inventory', ['nomad-token']);

const SHOWN = 3;
const DAY_MS = 86_400_000;

export const INVENTORY_CHECKS: readonly Check[] = [
  check({
    id: 'job-unknown',
    title: 'Nomad knows the job of every service',
    why: 'a service without its job cannot be moved, backed up or looked at',
    reads: ['cluster'],
    look: ({ cluster: { jobs }, inventory }) =>
      found(
        inventory.services
          .filter(({ job }) => !jobs.some(({ ID }) => ID === job))
          .map(({ name, job, jobspec }) => ({
            level: 'fail',
            service: name,
            evidence: `no job ${job} runs`,
            fix:
              jobspec === null
                ? `correct services.${name}.job`
                : `nomad job run ${jobspec}, or correct services.${name}.job`,
          })),
        `${inventory.services.length} services`,
      ),
  }),
  check({
    id: 'jobspec-unusable',
    title: 'every jobspec file can be read',
    why: 'dbctl changes your file, not only the running job: without it nothing can be moved or taken back',
    reads: ['jobspecs'],
    look: ({ jobspecs }) =>
      found(
        jobspecs.flatMap(({ service, problem }): Found[] =>
          problem === null ? [] : [{ level: 'warn', service, evidence: problem.text, fix: problem.next }],
        ),
        `${jobspecs.length} files`,
      ),
  }),
  check({
    id: 'journal-unreadable',
    title: "dbctl's own record of each service can be read",
    why: 'nothing is begun, gone on with or taken back without it',
    reads: ['journals'],
    look: ({ journals }) =>
      found(
        journals.flatMap(({ service, problem }): Found[] =>
          problem === null
            ? []
            : [
                {
                  level: 'fail',
                  service,
                  evidence: problem,
                  fix: `nomad var get dbctl/services/${service}; a newer dbctl may have written it: use that one`,
                },
              ],
        ),
        'they can',
      ),
  }),
  check({
    id: 'run-unfinished',
    title: 'no run was left in the middle',
    why: 'the app may be held back, or the old database closed, until it is finished',
    needs: ['nomad-token', 'journal-unreadable'],
    reads: ['journals'],
    look: ({ journals, now }) =>
      found(
        journals.flatMap(({ service, run, phase, startedAt, resume, locked }): Found[] => {
          if (resume === null) return [];
          const hours = Math.max(0, Math.floor((now.getTime() - Date.parse(startedAt ?? '')) / 3_600_000));
          return locked
            ? [
                {
                  level: 'warn',
                  service,
                  evidence: `run ${run} is going on now (${phase})`,
                  fix: `wait for it; or, when its dbctl is gone: ${resume}`,
                },
              ]
            : [
                {
                  level: 'fail',
                  service,
                  evidence: `run ${run} was left in ${phase}, begun ${hours} h ago`,
                  fix: resume,
                },
              ];
        }),
        'none was',
      ),
  }),
  check({
    id: 'lock-held',
    title: 'no lock outlives its run',
    why: 'a service whose lock is held can be changed by nobody else',
    needs: ['nomad-token', 'journal-unreadable'],
    reads: ['journals'],
    look: ({ journals }) =>
      found(
        journals
          .filter(({ locked, resume }) => locked && resume === null)
          .map(({ service }) => ({
            level: 'warn',
            service,
            evidence: 'its lock is held, although no run is recorded as going on',
            fix: 'look again in a minute: it frees itself 20 s after its holder ended; another dbctl may be at work',
          })),
        'none is held',
      ),
  }),
  // A run that was cut has registered a job whose file it has not written yet.
  check({
    id: 'jobspec-drift',
    title: 'the files in git say what runs',
    why: 'the next nomad job run of an older file takes the database away from its app',
    reads: ['jobspecs'],
    look: ({ jobspecs }) =>
      found(
        jobspecs
          .filter(({ differences }) => differences.length > 0)
          .map(({ service, path, job, differences }) => ({
            level: 'warn',
            service,
            evidence: `${path} and job ${job} differ: ${differences
              .slice(0, SHOWN)
              .map((one) => `${one.path}: file ${one.file}, running ${one.running}`)
              .join('; ')}${differences.length > SHOWN ? `; and ${differences.length - SHOWN} more` : ''}`,
            fix: `nomad job plan ${path}; then nomad job run ${path}, or bring the file up to date and commit it`,
          })),
        'they do',
      ),
  }),
  check({
    id: 'leftover-job',
    title: 'no throwaway job is left',
    why: 'it holds memory, a volume and a port that belong to others',
    needs: ['nomad-token', 'journal-unreadable'],
    reads: ['cluster', 'journals'],
    look: ({ cluster: { jobs }, journals, now }) =>
      found(
        leftoverJobs(jobs, journals, now).map((job) => ({
          level: 'warn',
          evidence: `job ${job} is of a run that is over`,
          fix: `nomad job stop -purge ${job}`,
          repair: { kind: 'purge-job', job } as const,
        })),
        'none is',
      ),
  }),
  check({
    id: 'settled-unfinalized',
    title: 'moves are finalized in time',
    why: 'the closed old databases take room on the shared instance, and every backup of it carries them along',
    needs: ['nomad-token', 'journal-unreadable'],
    reads: ['journals'],
    look: ({ journals, inventory, now }) =>
      found(
        journals.flatMap(({ service, phase, settledAt, tombstones }): Found[] => {
          const soak = inventory.services.find(({ name }) => name === service)?.finalize.soakSeconds ?? 0;
          const since = settledAt === null ? Number.NaN : now.getTime() - Date.parse(settledAt);
          if (phase !== 'migrated' || tombstones.length === 0 || !(since > 2 * soak * 1000 + 7 * DAY_MS)) return [];
          return [
            {
              level: 'warn',
              service,
              evidence: `its old database has been closed for ${Math.floor(since / DAY_MS)} days (${tombstones.map(({ tombstone }) => tombstone).join(', ')})`,
              fix: `dbctl finalize ${service}; or dbctl rollback ${service}`,
            },
          ];
        }),
        'none waits too long',
      ),
  }),
];
