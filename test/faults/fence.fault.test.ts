import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { type ClusterState, clusterState, sharedAddress, sharedServer } from '../e2e/cluster-state.js';
import { until } from '../e2e/data-volume.js';
import { expectNothingLost, expectRefused, explain } from '../e2e/expectations.js';
import { LabWorld } from '../e2e/lab-world.js';
import type { RunningDbctl } from '../e2e/running-dbctl.js';
import { fault } from './fault.js';
import { RogueClient } from './rogue-client.js';

const ROGUE = (queue: string): string =>
  `insert into jobs (queue, payload, attempts, available_at, created_at) values ('${queue}', '', 0, 0, 0)`;

let world: LabWorld;

beforeAll(async () => {
  world = await LabWorld.up('fault-fence', { scale: 1 });
  // Two things a house may well have switched on; both need a restart.
  await shared('alter system set max_prepared_transactions = 5');
  await shared("alter system set wal_level = 'logical'");
  await restartShared();
});

afterAll(async () => {
  await world?.down();
});

const shared = (sql: string, database?: string): Promise<Record<string, unknown>[]> =>
  sharedServer(world, async (client) => (await client.query(sql)).rows as Record<string, unknown>[], database);

const address = async (user: string, path: string, database = 'speedtest'): Promise<pg.ClientConfig> => ({
  ...(await sharedAddress(world)),
  user,
  password: await world.secret(path),
  database,
});
const asSuperuser = (): Promise<pg.ClientConfig> => address('postgres', 'postgres/admin');
const asApp = (): Promise<pg.ClientConfig> => address('speedtest', 'postgres/speedtest');

const start = (...flags: string[]): RunningDbctl =>
  world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--no-rehearse', ...flags);

/** `nomad job run` of the shared jobspec with one more line in its init, as for a new service: its server starts anew. */
async function restartShared(): Promise<void> {
  const path = join(world.lab.home, 'jobs/src/postgresql.nomad.hcl');
  const Source = (await readFile(path, 'utf8')).replace('-- -----', `-- ${Date.now()}\n-- -----`);
  const Job = await world.nomad('/v1/jobs/parse', {
    method: 'POST',
    body: JSON.stringify({ JobHCL: Source, Canonicalize: true }),
  });
  await world.nomad('/v1/jobs', {
    method: 'PUT',
    body: JSON.stringify({ Job, Submission: { Source, Format: 'hcl2' } }),
  });
  const { Version } = await world.nomad<{ Version: number }>('/v1/job/postgresql');
  await until(
    () => world.nomad<SharedAlloc[]>('/v1/job/postgresql/allocations'),
    (allocs) => allocs.some(({ JobVersion, TaskStates }) => JobVersion === Version && isDone(TaskStates)),
    "the shared job's own init",
  );
}

interface SharedAlloc {
  readonly JobVersion: number;
  readonly TaskStates: Record<string, { State: string; Failed: boolean }> | null;
}

const isDone = (tasks: SharedAlloc['TaskStates']): boolean => {
  const init = tasks?.['init-databases'];
  return init?.State === 'dead' && !init.Failed;
};

/** The app writes where it wrote before, and nothing on the cluster tells that dbctl was here. */
async function expectAsBefore(before: ClusterState): Promise<void> {
  await expectNothingLost(world);
  expect(await clusterState(world)).toEqual(before);
}

async function expectUndone(running: RunningDbctl, says: string): Promise<void> {
  expect(await running.ended, running.stderr).toBe(3);
  expect(running.stderr + running.stdout).toContain('FENCE_BROKEN');
  expect(running.stderr + running.stdout).toContain(says);
}

fault(44, 'a prepared transaction, a subscription and a logical replication slot on the old database', async () => {
  const before = await clusterState(world);
  // A slot waits for every transaction that is open, prepared ones too: it comes first.
  await shared("select pg_create_logical_replication_slot('reader', 'pgoutput')", 'speedtest');
  await shared(
    "create subscription news connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = none, enabled = false)",
    'speedtest',
  );
  await shared(`begin; ${ROGUE('prepared')}; prepare transaction 'left behind'`, 'speedtest');
  const run = await world.move('migrate', '--no-rehearse');
  expectRefused(run, 3, 'PREFLIGHT_FAILED');
  const said = run.json.error?.details.join('\n');
  for (const name of ['left behind', 'news', 'reader']) expect(said, explain(run)).toContain(name);
  await shared("select pg_drop_replication_slot('reader')", 'speedtest');
  await shared('drop subscription news', 'speedtest');
  await shared("rollback prepared 'left behind'", 'speedtest');
  await expectAsBefore(before);
  return 'preflight names all three: 3 (PREFLIGHT_FAILED), nothing was touched';
});

fault(44, 'a transaction that is prepared after the preflight and committed after the move was given up', async () => {
  const before = await clusterState(world);
  const running = start();
  await running.step('preflight');
  await shared(`begin; ${ROGUE('prepared')}; prepare transaction 'late'`, 'speedtest');
  await expectUndone(running, 'prepared transaction late');
  await shared("commit prepared 'late'", 'speedtest');
  expect(await shared("select 1 from jobs where queue = 'prepared'", 'speedtest')).toHaveLength(1);
  await expectAsBefore(before);
  return '3 (FENCE_BROKEN) names it, the move is undone; its row is there after the commit';
});

fault(2, 'a superuser who writes all the time, and comes back as often as he is thrown out', async () => {
  const before = await clusterState(world);
  const rogue = new RogueClient(await asSuperuser(), [ROGUE('rogue')]);
  const running = start();
  try {
    await expectUndone(running, 'session of postgres');
  } finally {
    await rogue.stop();
  }
  expect(rogue.acknowledged).toBeGreaterThan(20);
  const rows = await shared("select 1 from jobs where queue = 'rogue'", 'speedtest');
  expect(rows.length).toBeGreaterThanOrEqual(rogue.acknowledged);
  await expectAsBefore(before);
  return '3 (FENCE_BROKEN) names his session, the move is undone: owner, rights, limit and login as before, each of his rows there';
});

fault(2, 'a superuser who comes after the dump, draws one number from a sequence and leaves', async () => {
  const before = await clusterState(world);
  const running = start();
  await running.step('dump');
  await shared("select nextval('jobs_id_seq')", 'speedtest');
  await expectUndone(running, 'a sequence or a setting was changed after it was closed');
  await expectAsBefore(before);
  return '3 (FENCE_BROKEN) before the app is let in, the move is undone';
});

fault(2, 'a superuser who comes after the dump, empties a table, fills it with the same rows and leaves', async () => {
  const before = await clusterState(world);
  const running = start();
  await running.step('dump');
  await shared(
    'begin; create temp table kept as table sessions; truncate sessions; insert into sessions table kept; commit',
    'speedtest',
  );
  await expectUndone(running, 'rows or catalog entries were written');
  await expectAsBefore(before);
  return '3 (FENCE_BROKEN) before the app is let in, the move is undone';
});

fault(2, 'the shared job restarts after the dump and runs its own init: owner, login, rights', async () => {
  const before = await clusterState(world);
  const running = start();
  await running.step('dump');
  running.signal('SIGSTOP');
  try {
    await restartShared();
  } finally {
    running.signal('SIGCONT');
  }
  await expectUndone(running, 'the owner is speedtest');
  await expectAsBefore(before);
  return '3 (FENCE_BROKEN) says who owns the database now, the move is undone: rights as the init leaves them';
});

fault(43, 'a maintenance session has a table for itself while a rehearsal dumps it', async () => {
  const before = await clusterState(world);
  const inventory = join(world.lab.home, 'dbctl.yaml');
  const text = await readFile(inventory, 'utf8');
  await writeFile(inventory, text.replace('  finalize:', '  migrate: { lockWait: 3s }\n  finalize:'));
  const running = world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--rehearse');
  await running.step('preflight');
  const code = await sharedServer(
    world,
    async (client) => {
      await client.query("set application_name = 'reindexing'; begin; lock table users in access exclusive mode");
      return await running.ended;
    },
    'speedtest',
  );
  const said = running.stderr + running.stdout;
  expect(code, said).toBe(5);
  expect(said).toContain('TABLE_LOCKED');
  expect(said).toMatch(/pid \d+: postgres \(reindexing\) from \S+, idle in transaction, query started 20/);
  await writeFile(inventory, text);
  await expectAsBefore(before);
  return '5 (TABLE_LOCKED) after the bound, naming pid, user and start of the query; nothing is left behind';
});

interface Withstood {
  readonly app: RogueClient;
  readonly owner: RogueClient;
  readonly closedAt: number;
  readonly idle: string;
  readonly holder: string;
}

const moved: { once?: Promise<Withstood> } = {};
/** One move with all of them at once. */
const withstood = (): Promise<Withstood> => {
  moved.once ??= moveAmongWriters();
  return moved.once;
};

/** A session that waits with its transaction open; resolves with the word that ended it. */
async function open(config: pg.ClientConfig, ...statements: string[]): Promise<{ ended: Promise<string> }> {
  const client = new pg.Client(config);
  const ended = new Promise<string>((resolve) => client.on('error', (error) => resolve(error.message)));
  await client.connect();
  for (const statement of statements) await client.query(statement);
  return { ended };
}

async function moveAmongWriters(): Promise<Withstood> {
  await shared(`create role keeper login password ${pg.escapeLiteral(await world.secret('postgres/admin'))}`);
  // The app could make tables only as the owner, and wants to at each start.
  await shared('alter database speedtest owner to keeper; grant create on schema public to speedtest', 'speedtest');
  const app = new RogueClient(await asApp(), [
    ROGUE('app'),
    "select nextval('jobs_id_seq')",
    "select lo_from_bytea(0, 'x')",
    'create table if not exists made_late (id int)',
    'alter table made_late add column if not exists more text',
    'truncate made_late',
  ]);
  const owner = new RogueClient(await address('keeper', 'postgres/admin', 'postgres'), [
    'grant connect on database speedtest to speedtest',
    'alter database speedtest connection limit -1',
    'alter database speedtest owner to keeper',
  ]);
  const idle = await open(await asApp(), 'begin', ROGUE('never'));
  const running = start();
  await running.step('preflight');
  const holder = await open(await asApp(), 'begin', 'lock table users in access exclusive mode', ROGUE('never'));
  await running.step('fence');
  const closedAt = Date.now();
  expect(await running.ended, running.stderr).toBe(0);
  await Promise.all([app.stop(), owner.stop()]);
  return { app, owner, closedAt, idle: await idle.ended, holder: await holder.ended };
}

/** On the new database, as the app. */
async function onNew(sql: string): Promise<Record<string, unknown>[]> {
  const { serverAddress, serverPort } = await world.stats();
  const host = String(serverAddress ?? '127.0.0.1');
  const client = new pg.Client({ ...(await asApp()), host, port: Number(serverPort) });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

fault(2, "the app's role in a loop of logins: rows, sequences, large objects, DDL, TRUNCATE", async () => {
  const { app, closedAt } = await withstood();
  expect(app.acknowledged).toBeGreaterThan(20);
  expect(app.last, 'nothing was acknowledged behind the fence').toBeLessThan(closedAt);
  // Every sixth statement is a row: all that were acknowledged before the fence have moved.
  const [found] = await onNew("select count(*)::int as rows from jobs where queue = 'app'");
  expect(Number(found?.['rows'])).toBeGreaterThanOrEqual(Math.floor(app.acknowledged / 6));
  await onNew('select more from made_late');
  return 'shut out; the move ends well with every row it had acknowledged before';
});

fault(
  2,
  "the database's owner, another role than the app's, grants, raises the limit and takes it back all the time",
  async () => {
    const { owner, closedAt } = await withstood();
    expect(owner.acknowledged).toBeGreaterThan(5);
    expect(owner.last, 'no right of his behind the fence').toBeLessThan(closedAt);
    expect(owner.refused).toBeGreaterThan(5);
    return 'he is the owner no more and is refused; the move ends well';
  },
);

fault(2, 'a transaction that is left open with a row that was never committed', async () => {
  expect((await withstood()).idle).toContain('terminating connection');
  expect(await onNew("select 1 from jobs where queue = 'never'")).toEqual([]);
  return 'its session is ended, the move ends well; the row, acknowledged to nobody, is nowhere';
});

fault(2, 'a transaction of the app that holds a whole table locked', async () => {
  expect((await withstood()).holder).toContain('terminating connection');
  return 'its session is ended before the dump would wait for it; the move ends well';
});

fault(2, 'after all of these: is anything of the app lost?', async () => {
  await withstood();
  await expectNothingLost(world);
  return 'every acknowledged write is on the new database, once';
});
