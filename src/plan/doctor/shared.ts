import { versionText } from '../image.js';
import { type Check, checksOf } from './check.js';
import { type ServerLook, SHARED_GONE } from './facts.js';
import { isLive } from './runs.js';

const check = checksOf('shared', ['shared-answers']);

export const SHARED_CHECKS: readonly Check[] = [
  check({
    id: 'shared-job',
    title: 'Nomad knows the job of the shared instance',
    why: 'everything that has not moved yet lives there',
    needs: ['nomad-token'],
    reads: ['cluster', 'shared'],
    look: ({ cluster: { jobs }, shared: look, inventory: { shared } }) => {
      if (jobs.some(({ ID }) => ID === shared.job)) return `job ${shared.job}`;
      if (isGone(look)) return GONE;
      return [
        {
          level: 'fail',
          evidence: `no job ${shared.job} runs`,
          fix: `nomad job run ${shared.jobspec ?? 'its jobspec'}; or set shared.job to the id that nomad job status shows`,
        },
      ];
    },
  }),
  check({
    id: 'shared-running',
    title: 'exactly one server of it runs',
    why: 'none serves nobody; with two, nobody can say which one holds the rows',
    needs: ['shared-job'],
    reads: ['cluster', 'shared'],
    look: ({ cluster: { allocations }, shared: look, inventory: { shared } }) => {
      if (isGone(look)) return GONE;
      const live = allocations.filter((alloc) => alloc.JobID === shared.job && isLive(alloc));
      const running = live.filter(({ TaskStates }) => TaskStates?.[shared.task]?.State === 'running');
      if (running.length === 1) return `allocation ${running[0]?.ID.slice(0, 8)}`;
      const tasks = Object.keys(live[0]?.TaskStates ?? {});
      if (running.length === 0 && tasks.length > 0 && !tasks.includes(shared.task))
        return [
          {
            level: 'fail',
            evidence: `job ${shared.job} has no task ${shared.task}`,
            fix: `set shared.task to one of: ${tasks.toSorted().join(', ')}`,
          },
        ];
      return [
        {
          level: 'fail',
          evidence: `${running.length} allocations of job ${shared.job} have task ${shared.task} running`,
          fix: `nomad job status ${shared.job}; its log: nomad alloc logs -stderr -job ${shared.job} ${shared.task}`,
        },
      ];
    },
  }),
  check({
    id: 'shared-answers',
    title: 'it answers over its own socket',
    why: 'a server that runs and does not answer is starting, recovering, or full',
    needs: ['shared-running'],
    reads: ['shared'],
    look: ({ shared }) => {
      if ('value' in shared.sql) return `PostgreSQL ${versionText(shared.sql.value.version)}`;
      if (isGone(shared)) return GONE;
      const { text, next } = shared.sql.gap;
      return [
        { level: 'fail', evidence: text, fix: next || `nomad alloc logs -stderr -job ${shared.job} ${shared.task}` },
      ];
    },
  }),
  check({
    id: 'shared-registered',
    title: 'clients can find it',
    why: 'apps look its address up by that name: without it their templates wait, or hold an empty host',
    needs: ['shared-running'],
    reads: ['registered', 'shared'],
    look: ({ registered, shared: look, inventory: { shared } }) => {
      if (registered.shared !== null) return `${shared.service} at ${registered.shared.host}:${registered.shared.port}`;
      return isGone(look)
        ? GONE
        : [
            {
              level: 'fail',
              evidence: `no instance of service ${shared.service} is registered`,
              fix: `add service { name = "${shared.service}" … } to job ${shared.job}, or set shared.service to the name that it has`,
            },
          ];
    },
  }),
];

const GONE = 'it is stopped for good, and no service needs it';
const isGone = ({ sql }: ServerLook): boolean => 'gap' in sql && sql.gap.code === SHARED_GONE;
