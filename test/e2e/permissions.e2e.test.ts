import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { managementTokenPath } from '../../lab/acl.js';
import { type Outcome, outcomeOf } from './bad-input/outcome.js';
import { clusterState } from './cluster-state.js';
import { expectNothingLost, pause } from './expectations.js';
import { LabWorld } from './lab-world.js';

const ENTRY = join(import.meta.dirname, '../../bin/dbctl.mjs');
const PAGE = join(import.meta.dirname, '../../docs/permissions.md');

let world: LabWorld;
let home: string;
let management: string;
let vaultToken: string;
/** The two policies of the page: Nomad's, then Vault's. */
let policies: readonly string[];

beforeAll(async () => {
  world = await LabWorld.up('e2e-permissions', { scale: 1, acl: true });
  management = await readFile(managementTokenPath(world.lab.dir), 'utf8');
  home = await mkdtemp(join(tmpdir(), 'dbctl-permissions-'));
  await cp(world.lab.home, home, { recursive: true });
  policies = [...(await readFile(PAGE, 'utf8')).matchAll(/```hcl\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  vaultToken = await newVaultToken(policies[1] ?? '');
});

afterAll(async () => {
  await world?.down();
  if (home) await rm(home, { recursive: true, force: true });
});

async function api<T>(base: string, header: Record<string, string>, path: string, payload: unknown): Promise<T> {
  const response = await fetch(`${base}/v1/${path}`, {
    method: 'POST',
    headers: header,
    body: JSON.stringify(payload),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}

async function newVaultToken(policy: string): Promise<string> {
  const { vaultAddr, vaultToken: root } = world.lab;
  const header = { 'X-Vault-Token': root.reveal() };
  await api(vaultAddr, header, 'sys/policy/page', { policy });
  const request = { policies: ['page'], no_default_policy: true, ttl: '1h' };
  return (await api<{ auth: { client_token: string } }>(vaultAddr, header, 'auth/token/create', request)).auth
    .client_token;
}

async function newNomadToken(name: string, rules: string, ttl = '1h'): Promise<string> {
  const header = { 'X-Nomad-Token': management };
  await api(world.lab.nomadAddr, header, `acl/policy/${name}`, { Name: name, Rules: rules });
  const request = { Name: name, Type: 'client', Policies: [name], ExpirationTTL: ttl };
  return (await api<{ SecretID: string }>(world.lab.nomadAddr, header, 'acl/token', request)).SecretID;
}

/** The copied home is not the lab's own: addresses and tokens are those of the environment. */
function dbctl(nomadToken: string, ...args: string[]): Promise<Outcome> {
  const env = {
    ...process.env,
    NOMAD_ADDR: world.lab.nomadAddr,
    NOMAD_TOKEN: nomadToken,
    VAULT_ADDR: world.lab.vaultAddr,
    VAULT_TOKEN: vaultToken,
    DBCTL_CONFIG: join(home, 'dbctl.yaml'),
    DBCTL_STATE: world.state,
    NO_COLOR: '1',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...args, '--json'], { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve(outcomeOf(error ? Number(error.code ?? 1) : 0, stdout, stderr)),
    );
  });
}

const move = (token: string, verb: string, ...args: string[]): Promise<Outcome> =>
  dbctl(token, verb, 'speedtest', '--yes', '--confirm', 'speedtest', ...args);

const vaultAs = (token: string, method: string, path: string, body?: unknown): Promise<number> =>
  fetch(`${world.lab.vaultAddr}/v1/${path}`, {
    method,
    headers: { 'X-Vault-Token': token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).then(({ status }) => status);

async function expectDenied(token: string, says: RegExp, next: RegExp): Promise<void> {
  const before = await clusterState(world);
  const run = await move(token, 'migrate', '--no-rehearse');
  const told = run.told[0];
  expect({ exit: run.exit, code: told?.code }, run.text).toEqual({ exit: 5, code: 'NOMAD_DENIED' });
  expect(told?.message).toMatch(says);
  expect(told?.next).toMatch(next);
  expect(await clusterState(world)).toEqual(before);
}

it('refuses a token that nobody made', () =>
  expectDenied('00000000-1111-2222-3333-444444444444', /not valid, or has expired/, /nomad login/));

it('refuses a token that has expired', async () => {
  const token = await newNomadToken('short', policies[0] ?? '', '1s');
  await pause(2_000);
  await expectDenied(token, /not valid, or has expired/, /nomad login/);
});

it('refuses a token without rights before anything is changed', async () => {
  const token = await newNomadToken('weak', 'namespace "default" { policy = "read" }');
  await expectDenied(token, /may not do this/, /docs\/permissions\.md/);
});

const without = (right: string): string => {
  const rules = (policies[0] ?? '').replace(new RegExp(`"${right}",\\s*`), '');
  expect(rules).not.toContain(right);
  return rules;
};

it.each(['list-jobs', 'read-job', 'submit-job', 'read-fs', 'alloc-exec'])(
  'refuses a token that lacks %s',
  async (right) => {
    const token = await newNomadToken(`without-${right}`, without(right));
    await expectDenied(token, /may not do this/, /docs\/permissions\.md/);
  },
);

/** Only making a volume shows whether it may be made: the run has begun by then, but the app is not touched. */
it('stops at the volume with a token that may make none, and goes on with one that may', async () => {
  const weak = await newNomadToken('without-volumes', without('host-volume-write'));
  const { jobs, app } = await clusterState(world);
  const run = await move(weak, 'migrate', '--no-rehearse');
  expect({ exit: run.exit, code: run.told[0]?.code }, run.text).toEqual({ exit: 5, code: 'NOMAD_DENIED' });
  expect(await clusterState(world)).toMatchObject({ jobs, app });
  const token = await newNomadToken('whole', policies[0] ?? '');
  for (const [verb, ...args] of [['migrate', '--no-rehearse', '--resume'], ['rollback']] as const) {
    const next = await move(token, verb, ...args);
    expect(next.exit, `${verb}: ${next.text}`).toBe(0);
  }
  await expectNothingLost(world);
});

it('prints rights for tasks that a real Vault takes: a job logs in with them and reads its own path', async () => {
  const root = world.lab.vaultToken.reveal();
  const header = { 'X-Vault-Token': root };
  const login = await fetch(`${world.lab.vaultAddr}/v1/sys/auth/jwt-nomad`, { headers: header });
  const { accessor } = (await login.json()) as { accessor: string };
  const printed = await dbctl('', 'policy', 'workload', '--accessor', accessor);
  const { policies: rights } = JSON.parse(printed.text.slice(printed.text.indexOf('{'))) as {
    policies: { text: string }[];
  };
  await api(world.lab.vaultAddr, header, 'sys/policy/nomad-workloads', { policy: rights[0]?.text });
  const token = await newNomadToken('page', policies[0] ?? '');
  for (const [verb, ...args] of [['migrate', '--no-rehearse'], ['rollback']] as const) {
    const run = await move(token, verb, ...args);
    expect(run.exit, `${verb}: ${run.text}`).toBe(0);
  }
  await expectNothingLost(world);
});

it('moves a service there and back with the policies of docs/permissions.md alone', async () => {
  const token = await newNomadToken('page', policies[0] ?? '');
  for (const [verb, ...args] of [['migrate'], ['rollback'], ['migrate', '--no-rehearse'], ['finalize']] as const) {
    if (verb === 'finalize') await pause(4_000);
    const run = await move(token, verb, ...args);
    expect(run.exit, `${verb}: ${run.text}`).toBe(0);
    await expectNothingLost(world);
  }
});

it('lets its token read passwords and make new ones, but not change, delete or list any, nor read the shared one', async () => {
  const path = 'secret/data/postgres/speedtest';
  const data = { data: { password: 'another' } };
  const as = (method: string, of: string, body?: unknown): Promise<number> => vaultAs(vaultToken, method, of, body);
  expect(await as('GET', path)).toBe(200);
  expect(await as('POST', 'secret/data/postgres/a-new-one', { ...data, options: { cas: 0 } })).toBe(200);
  expect(await as('POST', 'auth/token/renew-self', {})).toBe(200);
  const denied = [
    as('POST', path, data),
    as('DELETE', path),
    as('POST', 'secret/destroy/postgres/speedtest', { versions: [1] }),
    as('GET', 'secret/metadata/postgres?list=true'),
    as('DELETE', 'secret/metadata/postgres/speedtest'),
    as('GET', 'secret/data/postgres/admin'),
    as('GET', 'secret/data/elsewhere/x'),
    as('GET', 'sys/policy'),
  ];
  expect(await Promise.all(denied)).toEqual(denied.map(() => 403));
});
