import { type Check, checksOf, type Found, found, type Looked } from './check.js';
import { SHARED_GONE, type ServerLook } from './facts.js';
import { isLive } from './nomad.js';

const check = checksOf('shared', ['shared-answers']);

const FEW_CONNECTIONS = 5;

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
      return [{ level: 'fail', evidence: text, fix: next || `nomad alloc logs -stderr -job ${shared.job} ${shared.task}` }];
    },
  }),
  check({
    id: 'shared-registered',
    title: 'clients can find it',
    why: 'apps look its address up by that name: without it their templates wait, or hold an empty host',
    needs: ['shared-running'],
    reads: ['registered', 'shared'],
    look: ({ registered, shared: look, inventory: { shared } }) => {
      if (registered.shared !== null)
        return `${shared.service} at ${registered.shared.host}:${registered.shared.port}`;
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
  check({
    id: 'checks-passing',
    title: 'the checks of our jobs pass',
    why: 'a failing check takes the address out of the lookups of every app',
    needs: ['nomad-token'],
    reads: ['registered'],
    look: ({ registered: { failing }, inventory }) =>
      found(
        failing.map(({ job, service, check: name }) => ({
          level: 'fail',
          service: inventory.services.find((one) => one.job === job)?.name ?? null,
          evidence: `job ${job}, service ${service}: check "${name}" fails`,
          fix: `nomad service info ${service}; then nomad alloc checks of its allocation`,
        })),
        'they do',
      ),
  }),
  check({
    id: 'connections-free',
    title: 'there are connections left',
    why: '"too many clients already": new sessions are refused, those of a backup or a move too',
    needs: ['nomad-token'],
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, sql) => {
        const { max, reserved, used } = sql.connections;
        return max - reserved - used >= FEW_CONNECTIONS
          ? []
          : [
              {
                level: 'warn',
                evidence: `${nameOf(server)}: ${used} of ${max} connections are used, ${reserved} are kept for superusers`,
                fix: 'raise max_connections, or give the apps smaller pools; who has them: select usename, count(*) from pg_stat_activity group by 1',
              },
            ];
      }),
  }),
  check({
    id: 'password-asked',
    title: 'nobody comes in over TCP without a password',
    why: 'whoever reaches the port is any role, superusers too',
    needs: ['nomad-token'],
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { trust, hbaErrors }) => [
        ...trust.map((line): Found => ({
          level: 'fail',
          evidence: `${nameOf(server)}: pg_hba.conf lets in without a password: ${line}`,
          fix: 'write scram-sha-256 in place of trust, then: select pg_reload_conf()',
        })),
        ...hbaErrors.map((line): Found => ({
          level: 'fail',
          evidence: `${nameOf(server)}: pg_hba.conf, ${line}`,
          fix: 'correct that line, then: select pg_reload_conf()',
        })),
      ]),
  }),
  check({
    id: 'settings-safe',
    title: 'settings keep rows through a crash',
    why: 'with fsync or full_page_writes off, a power cut can leave a database that cannot be read',
    needs: ['nomad-token'],
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { settings }) =>
        ['fsync', 'full_page_writes', 'autovacuum']
          .filter((name) => settings[name] === 'off')
          .map((name) => ({
            level: name === 'autovacuum' ? 'warn' : 'fail',
            evidence: `${nameOf(server)}: ${name} is off`,
            fix: `alter system reset ${name}; select pg_reload_conf(); look for it in the job's arguments, too`,
          })),
      ),
  }),
  check({
    id: 'settings-pending',
    title: 'no setting waits for a restart',
    why: 'the next restart, whenever it comes, changes how the server behaves',
    needs: ['nomad-token'],
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { pendingRestart }) =>
        pendingRestart.length === 0
          ? []
          : [
              {
                level: 'warn',
                evidence: `${nameOf(server)}: ${pendingRestart.join(', ')} changed and not in force`,
                fix: 'restart the task at a good moment, or take the change back with alter system reset',
              },
            ],
      ),
  }),
];

const GONE = 'it is stopped for good, and no service needs it';
const isGone = ({ sql }: ServerLook): boolean => 'gap' in sql && sql.gap.code === SHARED_GONE;

/** `150018` is 15.18. */
export const versionText = (version: number): string => `${Math.floor(version / 10_000)}.${version % 10_000}`;

export const nameOf = ({ service, job }: ServerLook): string => (service === null ? `job ${job}` : `database of ${service}`);

/** Every server that answered; one that did not is told by a check of its own. */
export function eachServer(
  servers: readonly ServerLook[],
  look: (server: ServerLook, sql: (ServerLook['sql'] & { readonly value: unknown })['value']) => readonly Found[],
): Looked {
  const seen = servers.filter(({ sql }) => 'value' in sql);
  const silent = servers.filter(({ sql }) => 'gap' in sql && sql.gap.code !== SHARED_GONE);
  const findings = seen.flatMap((server) =>
    'value' in server.sql ? look(server, server.sql.value).map((one) => ({ service: server.service, ...one })) : [],
  );
  if (findings.length > 0) return findings;
  if (silent.length > 0) return { unknown: `${silent.map(nameOf).join(', ')} does not answer` };
  return seen.length === 0 ? 'there is no server' : `${seen.length} ${seen.length === 1 ? 'server' : 'servers'}`;
}
