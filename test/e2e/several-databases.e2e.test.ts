import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterState, clusterState, sharedServer } from './cluster-state.js';
import { expectNothingLost, expectOk, expectRefused, explain } from './expectations.js';
import { LabWorld } from './lab-world.js';

const LOG = 'speedtest_log';
const ODD = 'Speedtest "log" / ü';
const DATABASES = ['speedtest', LOG, ODD];
const ROWS = 500;

let world: LabWorld;
let original: string;

beforeAll(async () => {
  world = await LabWorld.up('e2e-several', { scale: 3 });
  original = await world.jobspecText();
  await addDatabases();
  const path = join(world.lab.home, 'dbctl.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('speedtest: {', `speedtest: { databases: ${JSON.stringify(DATABASES)},`));
});

afterAll(async () => {
  await world?.down();
});

/** What an app with a log of its own would have made: owned by the same role, with rows, an object and a right of its own. */
async function addDatabases(): Promise<void> {
  for (const name of [LOG, ODD]) {
    const quoted = pg.escapeIdentifier(name);
    await sharedServer(world, (client) => client.query(`create database ${quoted} owner speedtest`));
    await sharedServer(world, (client) => client.query(`revoke connect on database ${quoted} from public`));
    await sharedServer(
      world,
      (client) =>
        client.query(`set role speedtest;
          create table entries (id serial primary key, text text not null, at timestamptz default now());
          insert into entries (text) select 'line ' || n from generate_series(1, ${ROWS}) n;
          create index entries_text_idx on entries (text);
          select lo_from_bytea(0, '\\x0102')`),
      name,
    );
  }
}

/** As the app would, on the server that it uses now. */
async function asApp<T>(database: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const { serverAddress, serverPort } = await world.stats();
  const client = new pg.Client({
    host: String(serverAddress),
    port: Number(serverPort),
    user: 'speedtest',
    password: await world.secret('postgres/speedtest'),
    database,
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const entries = (database: string): Promise<number> =>
  asApp(database, async (client) => (await client.query('select count(*)::int as n from entries')).rows[0].n);

const write = (database: string, text: string): Promise<unknown> =>
  asApp(database, (client) => client.query('insert into entries (text) values ($1)', [text]));

const onShared = (): Promise<string[]> =>
  sharedServer(world, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      `select datname from pg_database where datname ilike 'speedtest%' order by datname`,
    );
    return rows.map(({ datname }) => datname);
  });

async function expectOwnServer(own: boolean): Promise<void> {
  const [shared] = await world.nomad<{ Port: number }[]>('/v1/service/postgresql');
  expect((await world.stats()).serverPort === shared?.Port).toBe(!own);
  await expectNothingLost(world);
}

describe('a service with several databases', () => {
  it('is planned as one, with a line for each', async () => {
    const run = await world.dbctl('plan', 'speedtest', '--json');
    expect(run.code, explain(run)).toBe(0);
    const plan = JSON.parse(run.stdout) as {
      services: { source: { databases: { name: string; oid: number }[] }; findings: { code: string }[] }[];
    };
    const [service] = plan.services;
    expect(service?.source.databases.map(({ name }) => name)).toEqual(DATABASES);
    expect(
      service?.findings.map(({ code }) => code),
      'the role uses nothing else',
    ).not.toContain('ROLE_SHARED');
    const text = (await world.dbctl('plan', 'speedtest')).stdout;
    for (const name of DATABASES) expect(text).toContain(name);
  });

  it('is taken back whole when the import of the second one fails', async () => {
    await sharedServer(
      world,
      (client) =>
        client.query(`set role speedtest;
          create table limits (most int);
          insert into limits values (10);
          create function fits(n int) returns boolean language plpgsql as 'begin return n <= (select most from limits); end';
          create table counted (n int check (fits(n)));
          insert into counted values (1)`),
      LOG,
    );
    const before = await clusterState(world);
    const run = await world.move('migrate', '--no-rehearse');
    expectRefused(run, 4, 'RESTORE_FAILED');
    expect(run.json.status, explain(run)).toBe('undone');
    expect(run.json.error?.details.join('\n')).toContain('limits');
    await expectAsBefore(before);
    await sharedServer(
      world,
      (client) => client.query('drop table counted; drop function fits; drop table limits'),
      LOG,
    );
  });

  it('is rehearsed with all of them, and nothing is left', async () => {
    const before = await clusterState(world);
    expectOk(await world.move('migrate', '--rehearse'));
    await expectAsBefore(before);
  });

  it('moves as one: one server, one fence, equal evidence of each', async () => {
    const run = await world.move('migrate');
    expectOk(run);
    expect(run.json.evidence?.databases.map(({ database }) => database)).toEqual(DATABASES);
    for (const { database, match, tables, catalogDiff, largeObjects } of run.json.evidence?.databases ?? []) {
      expect({ database, match, catalogDiff }).toEqual({ database, match: true, catalogDiff: [] });
      if (database === 'speedtest') continue;
      expect(tables).toMatchObject([{ name: 'public.entries', rows: ROWS, match: true }]);
      expect(largeObjects).toMatchObject({ count: 1, match: true });
    }
    await expectOwnServer(true);
    for (const name of [LOG, ODD]) expect(await entries(name)).toBe(ROWS);
    expect((await onShared()).filter((name) => !name.includes('__old_'))).toEqual([]);
    expect(await onShared()).toHaveLength(DATABASES.length);
  });

  it('goes back with every later row of each', async () => {
    for (const name of [LOG, ODD]) await write(name, 'later');
    expectOk(await world.move('rollback'));
    expect(await world.jobspecText()).toBe(original);
    await expectOwnServer(false);
    for (const name of [LOG, ODD]) expect(await entries(name)).toBe(ROWS + 1);
  });

  it('moves again though dbctl is killed while they are imported', async () => {
    const running = world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--no-rehearse');
    await running.step('dump');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await running.kill();
    expectOk(await world.move('migrate', '--no-rehearse', '--resume'));
    await expectOwnServer(true);
    for (const name of [LOG, ODD]) expect(await entries(name)).toBe(ROWS + 1);
  });

  it('is finalized: every old copy is dropped, and the role with the last', async () => {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expectOk(await world.move('finalize'));
    expect(await onShared()).toEqual([]);
    const roles = await sharedServer(
      world,
      async (client) => (await client.query("select rolname from pg_roles where rolname = 'speedtest'")).rows,
    );
    expect(roles).toEqual([]);
    expect((await world.move('finalize')).json.status).toBe('nothing-to-do');
    await expectOwnServer(true);
    for (const name of [LOG, ODD]) expect(await entries(name)).toBe(ROWS + 1);
  });
});

/** The app writes where it wrote before, and nothing on the cluster tells that dbctl was here. */
async function expectAsBefore(before: ClusterState): Promise<void> {
  await expectNothingLost(world);
  expect(await clusterState(world)).toEqual(before);
}
