import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import {
  countServers,
  newestAlloc,
  runJobspec,
  ServerWatch,
  serversOn,
  stopJob,
  taskLog,
  until,
  volumeFolder,
} from '../e2e/data-volume.js';
import { expectNothingLost, expectOk, pause } from '../e2e/expectations.js';
import { LabWorld } from '../e2e/lab-world.js';
import { fault } from './fault.js';

let world: LabWorld;

beforeAll(async () => {
  world = await LabWorld.up('fault-two-servers', { scale: 3 });
});

afterAll(async () => {
  await world?.down();
});

interface Frozen {
  readonly pids: readonly number[];
  thaw(): void;
  kill(): void;
}

/** A server that reacts to nothing, as on a hanging disk. Only processes whose folder is this lab's own data. */
function freeze(pgdata: string): Frozen {
  const pids = serversOn(pgdata).map(({ pid }) => pid);
  const signal = (name: NodeJS.Signals): void => {
    const still = new Set(serversOn(pgdata).map(({ pid }) => pid));
    for (const pid of pids) if (still.has(pid)) send(pid, name);
  };
  signal('SIGSTOP');
  return { pids, thaw: () => signal('SIGCONT'), kill: () => signal('SIGKILL') };
}

/** The first one killed may take others with it: it is the init of their process namespace. */
function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Stops the job under a frozen server, starts it again at once, and lets the old server go only after a while. */
async function expectOneServer(pgdata: string, end: 'thaw' | 'kill'): Promise<void> {
  await expectNothingLost(world);
  const { systemIdentifier } = await world.stats();
  const old = await newestAlloc(world);
  const watch = new ServerWatch(pgdata);
  const frozen = freeze(pgdata);
  expect(frozen.pids.length).toBeGreaterThan(3);
  // Purged, Nomad forgets at once what still runs; after a plain stop the app's port makes it wait by itself.
  await stopJob(world, { purge: true });
  await pause(500);
  await runJobspec(world);
  const fresh = await until(
    () => newestAlloc(world),
    (alloc) => alloc !== undefined && alloc.ID !== old?.ID,
    'a new allocation',
  );
  const says = await until(
    () => taskLog(world, fresh?.ID ?? '', 'postgres'),
    (text) => text.includes('waiting for an older server'),
    'the word of the second server',
    20_000,
  );
  expect(says).not.toContain('database system is ready');
  await pause(3000);
  expect(countServers(serversOn(pgdata)), 'the old one lives on').toBe(1);
  expect((await newestAlloc(world))?.TaskStates?.['app']?.State).not.toBe('running');
  frozen[end]();
  await until(
    () => taskLog(world, fresh?.ID ?? '', 'postgres'),
    (text) => text.includes('database system is ready'),
    'the new server',
  );
  await expectNothingLost(world);
  expect((await world.stats()).systemIdentifier).toBe(systemIdentifier);
  const seen = watch.stop();
  expect(seen.samples).toBeGreaterThan(100);
  expect({ most: seen.most, servers: seen.servers }).toEqual({ most: 1, servers: 2 });
}

const WAITED =
  'the new one waits by the lock on the volume, deletes nothing, and starts when the old one has gone; never two at once';

fault(9, 'a job is purged and run again while its old server hangs (stopped), then goes; dynamic volume', async () => {
  expectOk(await world.move('migrate', '--no-rehearse'));
  await expectOneServer(await dynamic(), 'thaw');
  return WAITED;
});

fault(9, 'the same, and the old server is killed: its postmaster.pid stays behind', async () => {
  await expectOneServer(await dynamic(), 'kill');
  expectOk(await world.move('rollback'));
  return WAITED;
});

const dynamic = async (): Promise<string> => join(await volumeFolder(world, 'speedtest_postgres_data'), 'pgdata');

fault(9, 'both on a volume of the client configuration, which Nomad gives to two at once', async () => {
  const inventory = join(world.lab.home, 'dbctl.yaml');
  const text = await readFile(inventory, 'utf8');
  const changed = text.replace(
    /volume: \{ kind: dynamic.*$/m,
    'volume: { kind: host, name: static_speedtest_postgres_data }',
  );
  expect(changed).not.toBe(text);
  await writeFile(inventory, changed);
  expectOk(await world.move('migrate', '--no-rehearse'));
  const pgdata = join(world.lab.dir, 'static/speedtest_postgres_data/pgdata');
  await expectOneServer(pgdata, 'thaw');
  await expectOneServer(pgdata, 'kill');
  return WAITED;
});
