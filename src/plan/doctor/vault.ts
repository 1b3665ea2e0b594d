import { type Check, checksOf, type Found, found } from './check.js';
import { jobsOf } from './jobs-of.js';
import { readsAny } from './policy-text.js';
import { tasksReadingVault } from './vault-tasks.js';

const check = checksOf('vault', ['vault-token']);

const SOON_MS = 3_600_000;
/** The policy of the default role that `nomad setup vault` makes. */
const WORKLOADS = 'nomad-workloads';

/** Whole, so that it can be pasted. The accessor is that of the login of Nomad's tasks. */
const writePolicy = (name: string): string =>
  `dbctl policy workload --name ${name} --accessor "$(vault read -field=accessor sys/auth/jwt-nomad)" | vault policy write ${name} -`;

export const VAULT_CHECKS: readonly Check[] = [
  check({
    id: 'vault-reachable',
    title: 'Vault answers',
    why: 'no task can start without its secrets, and none can be checked',
    needs: [],
    reads: ['vault'],
    look: ({ vault: { problem, version } }) =>
      problem === null ? `version ${version}` : [{ level: 'fail', evidence: problem.text, fix: problem.next }],
  }),
  check({
    id: 'vault-sealed',
    title: 'Vault is unsealed',
    why: 'a sealed Vault gives no secret to anybody: what runs goes on, what restarts does not come back',
    needs: ['vault-reachable'],
    reads: ['vault'],
    look: ({ vault }) =>
      vault.sealed
        ? [{ level: 'fail', evidence: `Vault ${vault.version} is sealed`, fix: 'vault operator unseal' }]
        : 'it is',
  }),
  check({
    id: 'vault-token',
    title: 'the token for Vault is valid',
    why: 'without one no password can be compared or written',
    needs: ['vault-sealed'],
    reads: ['token'],
    look: ({ token: { problem } }) =>
      problem === null ? 'it is' : [{ level: 'fail', evidence: problem.text, fix: problem.next }],
  }),
  check({
    id: 'vault-ttl',
    title: 'the token for Vault lasts for a move',
    why: 'a token that ends in the middle of a run stops it at the next step',
    reads: ['token'],
    look: ({ token: { ttlMs, renewable } }) => {
      if (ttlMs === 0) return 'it never ends';
      const minutes = Math.floor(ttlMs / 60_000);
      if (ttlMs >= SOON_MS) return `${minutes} min left`;
      return [
        {
          level: 'warn',
          evidence: `the token ends in ${minutes} min`,
          fix: renewable ? 'vault token renew -increment=8h' : 'vault login; this one cannot be renewed',
          ...(renewable ? { repair: { kind: 'renew-vault-token' } as const } : {}),
        },
      ];
    },
  }),
  check({
    id: 'vault-rights',
    title: "dbctl's token may do what it must",
    why: 'a right that is missing stops a provision or a move half way',
    reads: ['token'],
    look: ({ token: { may }, inventory }) => {
      if (may === null) return { unknown: 'Vault does not tell this token what it may do' };
      return found(
        inventory.services.flatMap(({ name, vault }): Found[] => {
          const path = `${vault.mount}/data/${vault.path}`;
          const rights = may[path] ?? [];
          return rights.includes('root') || rights.includes('read')
            ? []
            : [
                {
                  level: 'fail',
                  service: name,
                  evidence: `it may not read ${path} (it may: ${rights.join(', ') || 'nothing'})`,
                  fix: 'dbctl policy vault | vault policy write dbctl -',
                },
              ];
        }),
        'it may read every password',
      );
    },
  }),
  check({
    id: 'vault-token-broad',
    title: "dbctl's token may do no more than it must",
    why: "whoever gets hold of it gets the shared instance's own password and may delete all others",
    reads: ['token'],
    look: ({ token: { may, inMemory }, inventory }) => {
      if (may === null) return { unknown: 'Vault does not tell this token what it may do' };
      const admin = `${inventory.vault.mount}/data/${inventory.shared.admin}`;
      const rights = may[admin] ?? [];
      if (rights.includes('root') && inMemory) return 'a root token, of a Vault that keeps everything in memory';
      const strong = rights.filter((right) => right !== 'deny');
      return strong.length === 0
        ? `denied: ${admin}`
        : [
            {
              level: 'warn',
              evidence: `it may ${strong.join(', ')} ${admin}, which dbctl never needs`,
              fix: 'dbctl policy vault | vault policy write dbctl -; and, where the token has other policies: vault token create -policy=dbctl',
            },
          ];
    },
  }),
  check({
    id: 'workload-policy',
    title: 'tasks may read their own password',
    why: 'without the policy every template waits: "vault.read: permission denied"',
    reads: ['policy'],
    look: ({ policy: { name, text }, inventory }) => {
      if (text === null)
        return [
          {
            level: 'fail',
            evidence: `Vault has no policy ${name}`,
            fix: writePolicy(name),
          },
        ];
      const folder = `${inventory.vault.mount}/data/${inventory.vault.prefix}/`;
      return readsAny(text, folder)
        ? `${name} reads below ${folder}`
        : [
            {
              level: 'fail',
              evidence: `policy ${name} names no path below ${folder}, so that no task may read its password`,
              fix: writePolicy(name),
            },
          ];
    },
  }),
  check({
    id: 'workload-policy-broad',
    title: "tasks may read nobody else's password",
    why: 'one app that is broken into would give away every database',
    needs: ['workload-policy'],
    reads: ['policy'],
    look: ({ policy: { name, text }, inventory }) => {
      const admin = `${inventory.vault.mount}/data/${inventory.shared.admin}`;
      return text !== null && readsAny(text, admin, 'exactly')
        ? [
            {
              level: 'warn',
              evidence: `policy ${name} lets every job read ${admin}`,
              fix: `one that names the job's own path alone: ${writePolicy(name)}`,
            },
          ]
        : `${name} does not reach ${admin}`;
    },
  }),
  check({
    id: 'vault-block-missing',
    title: 'tasks that read Vault say vault {}',
    why: 'a task without it has no token: its templates wait for ever',
    needs: ['nomad-token'],
    reads: ['cluster'],
    look: ({ cluster: { jobs }, inventory }) =>
      found(
        tasksReadingVault(inventory, jobs)
          .filter(({ block }) => !block)
          .map(({ job, task, service }) => ({
            level: 'fail',
            service,
            evidence: `job ${job}, task ${task} reads a secret and has no vault block`,
            fix: `add vault {} to task "${task}" of job ${job}, then nomad job run its file`,
          })),
        'all do',
      ),
  }),
  check({
    id: 'vault-on-nodes',
    title: 'every node has found Vault',
    why: 'a client that does not reach Vault cannot start a task with vault {}, and Nomad does not place it there',
    needs: ['nomad-token'],
    reads: ['cluster'],
    look: ({ cluster: { nodes } }) =>
      found(
        nodes
          .filter(({ vault, status }) => vault === null && status === 'ready')
          .map(({ name }) => ({
            level: 'warn',
            evidence: `node ${name} has found no Vault`,
            fix: 'vault { enabled = true, address = … } in the configuration of its client, then restart it',
          })),
        'all have',
      ),
  }),
];

/** Told behind the secrets and the policy that it may be a symptom of. */
export const TEMPLATE_CHECKS: readonly Check[] = [
  check({
    id: 'vault-template-denied',
    title: 'no task waits for a secret',
    why: 'Nomad tries again and again and the task stays pending, without an error in its log',
    needs: ['nomad-token'],
    reads: ['cluster'],
    look: ({ cluster: { allocations, jobs }, inventory }) => {
      const ours = new Map(jobsOf(inventory, jobs).map(({ job, service }) => [job.ID, service]));
      return found(
        allocations
          .filter(({ JobID, DesiredStatus }) => ours.has(JobID) && DesiredStatus === 'run')
          .flatMap(({ ID, JobID, TaskStates }) =>
            Object.entries(TaskStates ?? {}).flatMap(([task, { State, Events }]): Found[] => {
              const said = Events.at(-1)?.DisplayMessage ?? '';
              if (State !== 'pending' || !/vault\.read|Missing: .*vault|permission denied/i.test(said)) return [];
              return [
                {
                  level: 'fail',
                  service: ours.get(JobID) ?? null,
                  evidence: `job ${JobID}, task ${task} of ${ID.slice(0, 8)}: ${said}`,
                  fix: `vault policy read ${WORKLOADS}: it must name that path; where it does not: ${writePolicy(WORKLOADS)}`,
                },
              ];
            }),
          ),
        'none does',
      );
    },
  }),
];
