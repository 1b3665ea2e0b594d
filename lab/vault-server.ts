import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../src/shared/secret.js';
import { agentEnv } from './binaries.js';
import type { Api } from './http.js';
import { startDaemon } from './processes.js';

export const vaultConfigPath = (dir: string): string => join(dir, 'vault.json');
export const randomToken = (bytes = 24): Secret => new Secret(randomBytes(bytes).toString('hex'));

/** A dev server on loopback: everything in memory. The root token goes by environment, never by argument. */
export async function startVault(binary: string, dir: string, port: number, token: Secret): Promise<number> {
  await writeFile(vaultConfigPath(dir), `${JSON.stringify({ disable_mlock: true, ui: false })}\n`);
  const argv = [
    binary,
    'server',
    '-dev',
    '-dev-no-store-token',
    `-dev-listen-address=127.0.0.1:${port}`,
    `-config=${vaultConfigPath(dir)}`,
  ];
  const env = { ...agentEnv(dir), VAULT_DEV_ROOT_TOKEN_ID: token.reveal() };
  return startDaemon({ argv, env, log: join(dir, 'vault.log'), cwd: dir });
}

/** Every job may read its own secret: the path ends in the job's id, which Vault takes from the signed identity. */
export function workloadPolicy(accessor: string): string {
  return `path "secret/data/postgres/{{identity.entity.aliases.${accessor}.metadata.nomad_job_id}}" {\n  capabilities = ["read"]\n}\n`;
}

/** Databases in jobs of their own: any service's password, but not the shared instance's own. */
export const DATABASES_POLICY = `path "secret/data/postgres/*" {
  capabilities = ["read"]
}
path "secret/data/postgres/admin" {
  capabilities = ["deny"]
}
`;
export const SHARED_POLICY = 'path "secret/data/postgres/*" {\n  capabilities = ["read"]\n}\n';

const ROLE = {
  role_type: 'jwt',
  bound_audiences: ['vault.io'],
  user_claim: '/nomad_job_id',
  user_claim_json_pointer: true,
  claim_mappings: { nomad_namespace: 'nomad_namespace', nomad_job_id: 'nomad_job_id', nomad_task: 'nomad_task' },
  token_type: 'service',
  token_period: '30m',
};

/** KV v2 with a password per service, workload identity, and three roles: every job, the shared job, dbctl's own jobs. */
export async function configureVault(api: Api, services: readonly string[]): Promise<void> {
  await api.call('post', '/v1/sys/auth/jwt-nomad', { type: 'jwt' });
  const { accessor } = await api.call<{ accessor: string }>('get', '/v1/sys/auth/jwt-nomad');
  await api.call('put', '/v1/sys/policy/nomad-workloads', { policy: workloadPolicy(accessor) });
  await api.call('put', '/v1/sys/policy/postgresql', { policy: SHARED_POLICY });
  await api.call('put', '/v1/sys/policy/dbctl', { policy: SHARED_POLICY });
  await api.call('post', '/v1/auth/jwt-nomad/role/nomad-workloads', { ...ROLE, token_policies: ['nomad-workloads'] });
  await api.call('post', '/v1/auth/jwt-nomad/role/postgresql', {
    ...ROLE,
    token_policies: ['postgresql'],
    bound_claims: { nomad_job_id: 'postgresql' },
  });
  await api.call('put', '/v1/sys/policy/databases', { policy: DATABASES_POLICY });
  await api.call('post', '/v1/auth/jwt-nomad/role/databases', {
    ...ROLE,
    token_policies: ['databases'],
    bound_claims_type: 'glob',
    bound_claims: { nomad_job_id: '*-postgres' },
  });
  await api.call('post', '/v1/auth/jwt-nomad/role/dbctl', {
    ...ROLE,
    token_policies: ['dbctl'],
    bound_claims_type: 'glob',
    bound_claims: { nomad_job_id: 'dbctl-*' },
  });
  for (const path of ['admin', ...services]) {
    await api.call('post', `/v1/secret/data/postgres/${path}`, {
      options: { cas: 0 },
      data: { password: randomToken().reveal() },
    });
  }
}

/** After Nomad answers: Vault fetches its keys once to check them. */
export async function trustNomad(api: Api, nomadHttpPort: number): Promise<void> {
  await api.call('post', '/v1/auth/jwt-nomad/config', {
    jwks_url: `http://127.0.0.1:${nomadHttpPort}/.well-known/jwks.json`,
    jwt_supported_algs: ['RS256', 'EdDSA'],
    default_role: 'nomad-workloads',
  });
}

export async function servicePassword(api: Api, service: string): Promise<Secret> {
  const answer = await api.call<{ data: { data: { password: string } } }>('get', `/v1/secret/data/postgres/${service}`);
  return new Secret(answer.data.data.password);
}
