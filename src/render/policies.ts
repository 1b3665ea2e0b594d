import type { Policy } from '../report/policy-document.js';
import { shQuote } from '../shared/quote.js';
import { renderTemplate } from './handlebars.js';
import { readPolicyTemplate } from './templates.js';

/** What dbctl and the tasks it writes may do; from the inventory alone. */
export interface Rights {
  readonly namespace: string;
  /** Commands in a `raw_exec` task need a right of their own (Nomad's `alloc-node-exec`). */
  readonly rawExec: boolean;
  /** API paths of KV v2, with `data/`. */
  readonly services: readonly string[];
  /** Of the tasks that copy elsewhere: dbctl puts their credentials there. */
  readonly variables: readonly string[];
  /** Of what copies elsewhere and messages need, and what brings a copy back: never written. */
  readonly copies: readonly string[];
  readonly denied: readonly string[];
  readonly workloads: readonly Workload[];
  /** Where Vault's JWT login of Nomad's tasks is mounted. */
  readonly auth: string;
}

/** What tasks of one role may read, whatever else lies in Vault. */
export interface Workload {
  /** Of the policy, and of the role unless the jobs take the mount's default or `role` says otherwise. */
  readonly name: string;
  readonly role?: string;
  readonly paths: readonly string[];
  /** Absent: the default role, whose policy names the path by the job's id. */
  readonly jobs?: readonly string[];
}

/** Every policy, in the order in which somebody applies them. Pure. Throws NAME_UNSAFE for what HCL cannot hold. */
export const renderPolicies = (rights: Rights): Policy[] => [
  {
    for: 'nomad',
    name: 'dbctl',
    why: "the operator's token in NOMAD_TOKEN",
    apply: 'nomad acl policy apply dbctl -',
    text: renderTemplate(readPolicyTemplate('nomad'), rights),
  },
  {
    for: 'vault',
    name: 'dbctl',
    why: "the operator's token in VAULT_TOKEN",
    apply: 'vault policy write dbctl -',
    text: renderTemplate(readPolicyTemplate('vault'), rights),
  },
  ...rights.workloads.flatMap((workload) => workloadPolicies(workload, rights)),
  {
    for: 'consul',
    name: 'dbctl',
    why: 'the token in CONSUL_HTTP_TOKEN, only where jobs register with Consul',
    apply: 'consul acl policy create -name dbctl -rules -',
    text: renderTemplate(readPolicyTemplate('consul'), {}),
  },
];

function workloadPolicies({ name, role: called = name, paths, jobs }: Workload, { namespace, auth }: Rights): Policy[] {
  const policy: Policy = {
    for: 'workload',
    name,
    why: jobs ? `tasks of job ${jobs.join(', ')}` : `every job of the default role of auth/${auth}: its own path alone`,
    apply: `vault policy write ${shQuote(name)} -`,
    text: renderTemplate(readPolicyTemplate('workload'), { paths }),
  };
  if (!jobs) return [policy];
  const role: Policy = {
    for: 'workload',
    name,
    why:
      called === name ? 'the role that those tasks log in with (vault.role)' : 'the role that those tasks log in with',
    apply: `vault write ${shQuote(`auth/${auth}/role/${called}`)} -`,
    text: `${JSON.stringify(roleOf(name, namespace, jobs), null, 2)}\n`,
  };
  return [policy, role];
}

/** Claims and lifetimes as `nomad setup vault` writes them; bound to the jobs by what Nomad signs. */
const roleOf = (name: string, namespace: string, jobs: readonly string[]): object => ({
  role_type: 'jwt',
  bound_audiences: ['vault.io'],
  bound_claims: { nomad_namespace: namespace, nomad_job_id: jobs },
  user_claim: '/nomad_job_id',
  user_claim_json_pointer: true,
  claim_mappings: { nomad_namespace: 'nomad_namespace', nomad_job_id: 'nomad_job_id', nomad_task: 'nomad_task' },
  token_type: 'service',
  token_policies: [name],
  token_period: '30m',
  token_explicit_max_ttl: 0,
});
