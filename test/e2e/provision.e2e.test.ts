import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProvisionReport } from '../../src/report/provision-report.js';
import { sharedServer } from './cluster-state.js';
import { volumeFolder } from './data-volume.js';
import { explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;
beforeAll(async () => {
  world = await LabWorld.up('e2e-provision');
}, 300_000);
afterAll(() => world?.down(), 120_000);

const provision = (service: string, ...args: string[]): Promise<Run> =>
  world.dbctl('provision', service, '--yes', '--confirm', service, '--json', ...args);

const report = (run: Run): ProvisionReport => run.json as unknown as ProvisionReport;

function expectMade(run: Run): ProvisionReport {
  expect(run.json.status, explain(run)).toBe('ok');
  expect(run.code, explain(run)).toBe(0);
  return report(run);
}

const inventory = (): Promise<string> => readFile(join(world.lab.home, 'dbctl.yaml'), 'utf8');
const file = (path: string): string => join(world.lab.home, path);

interface Alloc {
  readonly ID: string;
  readonly ClientStatus: string;
  readonly TaskStates: Record<string, { State: string; FinishedAt: string | null }> | null;
}

const running = async (job: string): Promise<Alloc | undefined> =>
  (await world.nomad<Alloc[]>(`/v1/job/${job}/allocations`)).find(({ ClientStatus }) => ClientStatus === 'running');

async function vault(
  path: string,
  init?: RequestInit,
): Promise<{ data: { metadata: { version: number }; version: number } }> {
  const headers = { 'X-Vault-Token': world.lab.vaultToken.reveal() };
  const response = await fetch(`${world.lab.vaultAddr}/v1/secret/data/${path}`, { ...init, headers });
  return (await response.json()) as { data: { metadata: { version: number }; version: number } };
}

/** A login over TCP as a client elsewhere has it; resolves to the server's words when it is refused. */
async function login(address: { host: string; port: number }, user: string, password: string): Promise<string> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ ...address, user, password, database: user });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return String((await client.query('select current_user || $1 || current_database() as who', ['@'])).rows[0]?.who);
  } catch (error) {
    return String((error as Error).message);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function address(service: string): Promise<{ host: string; port: number }> {
  const [entry] = await world.nomad<{ Address: string; Port: number }[]>(`/v1/service/${service}`);
  if (!entry) throw new Error(`${service} is not registered`);
  return { host: entry.Address, port: entry.Port };
}

/** Vault version, job index, and everything the catalog says about roles and databases of a server. */
async function fingerprint(service: string): Promise<unknown> {
  const { default: pg } = await import('pg');
  const password = await world.secret(`postgres/${service}`);
  const client = new pg.Client({
    ...(await address(`${service}-postgres`)),
    user: service,
    password,
    database: service,
  });
  await client.connect();
  const catalog = await client.query(
    `select (select json_agg(d order by datname) from (select oid, datname, datdba, datacl::text from pg_database) d) as databases,
            (select json_agg(r order by rolname) from (select oid, rolname, rolcanlogin, rolsuper from pg_roles) r) as roles,
            (select json_agg(c order by oid) from (select oid, relname from pg_class where oid >= 16384) c) as classes`,
  );
  await client.end();
  const job = await world.nomad<{ Version: number; JobModifyIndex: number }>(`/v1/job/${service}-postgres`);
  const secret = (await vault(`postgres/${service}`)).data.metadata.version;
  return {
    secret,
    version: job.Version,
    index: job.JobModifyIndex,
    catalog: catalog.rows,
    inventory: await inventory(),
  };
}

test('a new service gets a database from nothing, and its line in the inventory', async () => {
  const before = await inventory();
  const planned = await world.dbctl('provision', 'newservice', '--app', 'miniflux', '--plan', '--json');
  expect(planned.json.status, explain(planned)).toBe('planned');
  expect(await inventory()).toBe(before);
  const made = expectMade(await provision('newservice', '--app', 'miniflux', '--extension', 'pgcrypto'));
  expect(made.proof).toMatchObject({ role: 'newservice', verifier: 'scram-sha-256', methods: ['scram-sha-256'] });
  expect(made.proof?.wrongPassword).toContain('password authentication failed');
  expect((await inventory()).replace(/^ {2}newservice: .*\n/m, '')).toBe(before);
  const where = await address('newservice-postgres');
  const password = await world.secret('postgres/newservice');
  expect(password).toMatch(/^[A-Za-z0-9]{32,}$/);
  expect(await login(where, 'newservice', password)).toBe('newservice@newservice');
  expect(await login(where, 'newservice', 'wrong')).toContain('password authentication failed');
  const jobspec = await readFile(file(made.jobspec), 'utf8');
  expect(jobspec + JSON.stringify(made)).not.toContain(password);
}, 240_000);

test('a second run changes neither Vault, nor the job, nor the catalog', async () => {
  const before = await fingerprint('newservice');
  const again = await provision('newservice', '--app', 'miniflux', '--extension', 'pgcrypto');
  expect({ code: again.code, status: again.json.status }, explain(again)).toEqual({ code: 0, status: 'nothing-to-do' });
  expect(await fingerprint('newservice')).toEqual(before);
}, 120_000);

test('a password changed in Vault is the one that works after the next start', async () => {
  const where = await address('newservice-postgres');
  const old = await world.secret('postgres/newservice');
  const body = JSON.stringify({ data: { password: 'Changed0123456789Changed0123456789' } });
  await vault('postgres/newservice', { method: 'POST', body });
  const alloc = await running('newservice-postgres');
  // A restart of its tasks in place reads no secret anew (seen on 1.11.1): only a new allocation does.
  await world.nomad(`/v1/allocation/${alloc?.ID}/stop`, { method: 'PUT' });
  await expect
    .poll(() => login(where, 'newservice', 'Changed0123456789Changed0123456789'), { timeout: 90_000, interval: 1000 })
    .toBe('newservice@newservice');
  expect(await login(where, 'newservice', old)).toContain('password authentication failed');
}, 180_000);

test('an extension that the server does not have is refused before any effect', async () => {
  const before = await inventory();
  const run = await provision('vectors', '--app', 'miniflux', '--extension', 'no-such-extension');
  expect({ code: run.code, error: run.json.error?.code }, explain(run)).toEqual({ code: 3, error: 'PREFLIGHT_FAILED' });
  expect(run.json.error?.details.join()).toContain('EXTENSION_MISSING');
  expect(await inventory()).toBe(before);
}, 60_000);

test('names of known services and unknown apps are asked about, not guessed', async () => {
  const typo = await world.dbctl('provision', 'spedtest', '--json');
  expect({ code: typo.code, error: typo.json.error?.code }).toEqual({ code: 64, error: 'SERVICE_UNKNOWN' });
  expect(typo.json.error?.details).toContain('did you mean speedtest?');
  const app = await provision('other', '--app', 'minflux');
  expect({ code: app.code, error: app.json.error?.code }).toEqual({ code: 64, error: 'USAGE' });
  const used = await provision('speedtest');
  expect({ code: used.code, error: used.json.error?.code }, explain(used)).toEqual({
    code: 3,
    error: 'PREFLIGHT_FAILED',
  });
}, 60_000);

test('a database goes into an existing jobspec, and the app writes into it', async () => {
  const path = 'jobs/src/notes.nomad.hcl';
  await writeFile(file(path), NOTES);
  expectMade(await provision('notes', '--app', 'libpq', '--jobspec', path));
  const text = await readFile(file(path), 'utf8');
  expect(text).toContain('PGHOST=127.0.0.1\n');
  expect(text).toContain('# >>> dbctl part');
  const alloc = await running('notes');
  const log = (): Promise<string> =>
    fetch(`${world.lab.nomadAddr}/v1/client/fs/logs/${alloc?.ID}?task=app&type=stdout&plain=true`).then((r) =>
      r.text(),
    );
  await expect.poll(log, { timeout: 30_000 }).toContain('INSERT 0 1');
}, 240_000);

test('killed in the middle it goes on; two operators at once make one database', async () => {
  const cut = world.start('provision', 'killed', '--app', 'miniflux', '--yes', '--confirm', 'killed');
  await cut.step('volumes');
  await cut.kill();
  const refused = await provision('killed', '--app', 'miniflux');
  expect(refused.json.error?.code, explain(refused)).toBe('RUN_UNFINISHED');
  const [first, second] = await Promise.all([
    provision('killed', '--resume'),
    world.elsewhere().dbctl('provision', 'killed', '--app', 'miniflux', '--yes', '--confirm', 'killed', '--json'),
  ]);
  // The other one may hold the lock just while it looks, and refuse: then nobody has gone on yet.
  const resumed = first.json.error?.code === 'RUN_LOCKED' ? await provision('killed', '--resume') : first;
  expect(resumed.code, `${explain(resumed)}${explain(second)}`).toBe(0);
  expect(['RUN_LOCKED', 'RUN_UNFINISHED', 'RUN_NOT_FOUND']).toContain(second.json.error?.code);
  expect((await vault('postgres/killed')).data.metadata.version).toBe(1);
  const where = await address('killed-postgres');
  expect(await login(where, 'killed', await world.secret('postgres/killed'))).toBe('killed@killed');
}, 300_000);

test('a failed provision takes back what it made, and keeps the secret it found', async () => {
  const body = JSON.stringify({ data: { password: 'found-in-vault-0123456789' } });
  await vault('postgres/broken', { method: 'POST', body });
  // The new server's entry script refuses to start beside a state file that it does not understand.
  const folder = join(await volumeFolder(world, 'db-backups'), 'broken');
  await mkdir(folder);
  await writeFile(join(folder, 'state'), 'scribble\n');
  const run = await provision('broken', '--app', 'miniflux');
  expect(run.json.status, explain(run)).toBe('undone');
  const volumes = await world.nomad<{ Name: string }[]>('/v1/volumes?type=host');
  expect(volumes.map(({ Name }) => Name)).not.toContain('broken_postgres_data');
  expect(await inventory()).not.toContain('broken');
  expect((await vault('postgres/broken')).data.metadata.version).toBe(1);
}, 300_000);

test('a further database on the shared instance is made at once; its restart is only announced', async () => {
  const index = async (): Promise<number> =>
    (await world.nomad<{ JobModifyIndex: number }>('/v1/job/postgresql')).JobModifyIndex;
  const before = await index();
  const made = expectMade(await provision('wiki', '--app', 'db-parts', '--on', 'shared'));
  expect(await index()).toBe(before);
  expect(made.next.join()).toContain('nomad job run jobs/src/postgresql.nomad.hcl');
  expect(made.next.join()).toContain('gitea');
  expect(await login(await address('postgresql'), 'wiki', await world.secret('postgres/wiki'))).toBe('wiki@wiki');
  const names = await sharedServer(
    world,
    async (client) => (await client.query('select datname from pg_database')).rows,
  );
  expect(names).toContainEqual({ datname: 'wiki' });
  const text = await readFile(file('jobs/src/postgresql.nomad.hcl'), 'utf8');
  expect(text.split("WHERE datname = 'wiki'").length).toBe(2);
  const restarted = expectMade(await provision('wikitwo', '--app', 'db-parts', '--on', 'shared', '--restart-shared'));
  expect(restarted.next).toEqual([]);
  expect(await index()).toBeGreaterThan(before);
  await expect
    .poll(async () => login(await address('postgresql'), 'wikitwo', await world.secret('postgres/wikitwo')), {
      timeout: 60_000,
    })
    .toBe('wikitwo@wikitwo');
}, 240_000);

const NOTES = `# Notes, written by hand.
job "notes" {
  datacenters = ["dc1"]

  group "notes" {
    network {
      mode = "host"
    }

    task "app" {
      driver = "exec"
      user   = "postgres"

      vault {}

      config {
        command = "/bin/sh"
        args    = ["/local/run.sh"]
      }

      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOH
PGHOST=10.88.0.1
PGPORT=5432
PGDATABASE=notes
PGUSER=notes
PGPASSWORD={{ with secret "secret/data/postgres/notes" }}{{ .Data.data.password }}{{ end }}
EOH
      }

      template {
        destination = "local/run.sh"
        data        = <<EOH
set -eu
PATH="$PATH:/usr/lib/postgresql/15/bin"
psql -c 'create table if not exists notes (at timestamptz)'
while :; do psql -c 'insert into notes values (now())'; sleep 1; done
EOH
      }

      resources {
        cpu    = 50
        memory = 64
      }
    }
  }
}
`;
