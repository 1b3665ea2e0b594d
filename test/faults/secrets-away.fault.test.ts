import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { type ClusterState, clusterState } from '../e2e/cluster-state.js';
import { newestAlloc, stopJob, taskLog, until } from '../e2e/data-volume.js';
import { expectNothingLost, expectOk, expectRefused, explain } from '../e2e/expectations.js';
import type { LabWorld, Run } from '../e2e/lab-world.js';
import type { Judge, Verdict } from '../support/proxy/http-proxy.js';
import { fault } from './fault.js';
import { PASS, type ProxiedWorld, proxiedWorld, vaultToken } from './proxied-world.js';

let proxied: ProxiedWorld;
let world: LabWorld;
let before: ClusterState;
let registered: number;

const versionOf = async (job: string): Promise<number> =>
  (await world.nomad<{ Version: number }>(`/v1/job/${job}`)).Version;

beforeAll(async () => {
  proxied = await proxiedWorld('fault-secrets-away');
  world = proxied.world;
  before = await clusterState(world);
  registered = await versionOf('speedtest');
});

afterAll(async () => {
  await proxied?.down();
});

beforeEach(() => proxied.calm());

const migrate = (from: LabWorld = proxied.through): Promise<Run> => from.move('migrate', '--no-rehearse');

/** Refused before the first effect: no job, volume, role or right is another one. */
async function expectUntouched(run: Run, code: string): Promise<string> {
  expectRefused(run, 5, code);
  expect(await clusterState(world), explain(run)).toEqual(before);
  expect(await versionOf('speedtest')).toBe(registered);
  await expectNothingLost(world);
  return `5 ${code}, never "absent"; nothing was changed`;
}

const secrets = (verdict: Verdict): Judge => {
  return ({ path }) => (path.startsWith('/v1/secret/') ? verdict : PASS);
};

fault(15, 'Vault is sealed', async () => {
  // A server in development mode keeps its unseal key to itself, so the answer is given in its place, word for word.
  proxied.vault.judge(secrets({ kind: 'answer', status: 503, body: '{"errors":["Vault is sealed"]}' }));
  return await expectUntouched(await migrate(), 'VAULT_SEALED');
});

fault(15, 'the token has no policy that lets it read', async () => {
  const token = await vaultToken(world, { policies: ['default'] });
  return await expectUntouched(await migrate(proxied.through.with({ VAULT_TOKEN: token })), 'VAULT_DENIED');
});

fault(15, 'a machine before Vault answers 503, again and again', async () => {
  proxied.vault.judge(secrets({ kind: 'answer', status: 503, body: '<html>no server</html>' }));
  return await expectUntouched(await migrate(), 'VAULT_UNAVAILABLE');
});

fault(15, 'Vault takes the connection and never answers', async () => {
  proxied.vault.judge(secrets({ kind: 'stall' }));
  const began = Date.now();
  const outcome = await expectUntouched(await migrate(), 'VAULT_UNAVAILABLE');
  const seconds = Math.round((Date.now() - began) / 1000);
  expect(seconds).toBeLessThan(90);
  return `${outcome}; given up after two tries of 15 s`;
});

fault(16, 'the token for Vault is revoked after the plan, before the first step', async () => {
  const token = await vaultToken(world, { ttl: '1h' });
  let revoked = false;
  proxied.nomad.judge(async ({ method, path, body }) => {
    if (revoked || method !== 'PUT' || !path.startsWith('/v1/var/') || !body.includes('migrating')) return PASS;
    revoked = true;
    const headers = { 'X-Vault-Token': token };
    await fetch(`${world.lab.vaultAddr}/v1/auth/token/revoke-self`, { method: 'POST', headers });
    return PASS;
  });
  const run = await migrate(proxied.through.with({ VAULT_TOKEN: token }));
  expect(revoked, explain(run)).toBe(true);
  return await expectUntouched(run, 'VAULT_DENIED');
});

fault(16, 'the token for Nomad is not taken any more after the dump', async () => {
  let over = false;
  proxied.nomad.judge(({ upgrade, path }) => {
    over ||= upgrade && decodeURIComponent(path).includes('/import/speedtest');
    // The words of Nomad 1.11.1 for a token that has expired.
    return over ? { kind: 'answer', status: 403, body: 'ACL token expired' } : PASS;
  });
  const run = await migrate();
  expectRefused(run, 5, 'NOMAD_DENIED');
  expect(run.json.status, explain(run)).toBe('failed');
  proxied.calm();
  expectOk(await proxied.through.move('migrate', '--no-rehearse', '--resume'));
  await expectNothingLost(world);
  return '5 NOMAD_DENIED at once, everything kept as it is; with another token --resume finishes, nothing lost';
});

/** As the app logs in, on the new server. */
async function idleInTransaction(): Promise<pg.Client> {
  const { serverPort } = await world.stats();
  const password = await world.secret('postgres/speedtest');
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(serverPort),
    user: 'speedtest',
    password,
    database: 'speedtest',
  });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  await client.query('select count(*) from pg_class');
  return client;
}

fault(32, 'the job of the database is stopped while a client holds a transaction open', async () => {
  const { status } = (await world.move('migrate', '--no-rehearse')).json;
  expect(['ok', 'nothing-to-do']).toContain(status);
  const alloc = await newestAlloc(world);
  if (!alloc) expect.fail('no allocation');
  const { Tasks } = (
    await world.nomad<{ TaskGroups: { Tasks: { Name: string; KillSignal: string; KillTimeout: number }[] }[] }>(
      '/v1/job/speedtest',
    )
  ).TaskGroups[0] ?? { Tasks: [] };
  const task = Tasks.find(({ Name }) => Name === 'postgres');
  expect(task).toMatchObject({ KillSignal: 'SIGINT', KillTimeout: 60e9 });
  const client = await idleInTransaction();
  await stopJob(world, { purge: false });
  const log = await until(
    () => taskLog(world, alloc.ID, 'postgres'),
    (text) => /database system is shut down/.test(text),
    'the end of the shutdown in the log',
  );
  await client.end().catch(() => undefined);
  expect(log).toMatch(/received fast shutdown request/);
  expect(log).not.toMatch(/immediate shutdown/);
  return 'SIGINT with 60 s to stop: "received fast shutdown request", "database system is shut down"';
});
