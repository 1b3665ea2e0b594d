import { createHash } from 'node:crypto';
import { mkdir, open as openFile, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { sharedServer } from '../e2e/cluster-state.js';
import { newestAlloc, runJobspec, stopJob, taskLog, until, volumeFolder } from '../e2e/data-volume.js';
import { expectNothingLost, expectOk, expectRefused, explain } from '../e2e/expectations.js';
import { LabWorld, type Run } from '../e2e/lab-world.js';
import { onDedicated } from './dedicated-server.js';
import { fault } from './fault.js';
import { promises, promisesBroken } from './ledger-after.js';

let world: LabWorld;
let data: string;
let dumps: string;
let original: string;

beforeAll(async () => {
  world = await LabWorld.up('fault-way-back', { scale: 1 });
  original = await world.jobspecText();
  await moveOut();
  data = await volumeFolder(world, 'speedtest_postgres_data');
  dumps = join(await volumeFolder(world, 'db-backups'), 'speedtest');
});

afterAll(async () => {
  await world?.down();
});

const moveOut = async (): Promise<void> => expectOk(await world.move('migrate', '--no-rehearse'));

interface Loss {
  readonly from: string;
  readonly since: string;
  readonly rows: number;
  readonly lastSeen: { readonly rows: number };
  readonly saw: readonly string[];
}

const lossOf = (run: Run): Loss => (run.json as unknown as { lost: Loss }).lost;

/** The app goes on with its dedicated database, the old one is closed, and no copy was left on the shared instance. */
async function expectStillMoved(): Promise<void> {
  await world.untilWriting();
  const rows = await sharedServer(world, async (client) => {
    const sql = "select datname, datallowconn, datconnlimit from pg_database where datname like 'speedtest%'";
    return (await client.query(sql)).rows as { datname: string; datallowconn: boolean; datconnlimit: number }[];
  });
  const closed = rows.filter(({ datname }) => datname.includes('__old_'));
  expect(closed.length).toBeGreaterThan(0);
  expect(rows).toEqual(closed);
  expect(closed.every(({ datallowconn, datconnlimit }) => !datallowconn && datconnlimit === 0)).toBe(true);
}

/** A run's own dumps, and backups that are whole; what is being written has another name. */
const COPY = /\/(\d{8}-[^/]+|sets\/[^/.]+)\//;

/** Every file of every copy below a folder with its SHA-256. */
async function sums(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && COPY.test(`${entry.parentPath.slice(folder.length)}/`));
  const read = async (path: string): Promise<[string, string]> => [
    path,
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  ];
  return Object.fromEntries(await Promise.all(names.map((entry) => read(join(entry.parentPath, entry.name)))));
}

/** The newest run's folder of that name on the backup volume. */
async function dumpFolder(name: string): Promise<string> {
  const runs = (await readdir(dumps)).filter((entry) => /^\d{8}-/.test(entry)).sort();
  for (const run of runs.reverse()) {
    const inside = await readdir(join(dumps, run, 'speedtest')).catch((): string[] => []);
    const found = inside.filter((entry) => entry.startsWith(name) && !entry.endsWith('.part')).sort();
    if (found.length > 0) return join(dumps, run, 'speedtest', found.at(-1) ?? name);
  }
  throw new Error(`no folder ${name} on the backup volume`);
}

async function flipBytes(path: string): Promise<void> {
  const file = await openFile(path, 'r+');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64), 0, 64, 0);
    await file.write(Buffer.from(buffer.subarray(0, bytesRead).map((byte) => byte ^ 0xff)), 0, bytesRead, 0);
  } finally {
    await file.close();
  }
}

/** dbctl believes that it is so many days later; every other clock is right. */
async function daysAhead<T>(days: number, use: () => Promise<T>): Promise<T> {
  const shift = days * 86_400_000;
  const code = `const Real = Date; globalThis.Date = class extends Real {
    constructor(...args) { args.length === 0 ? super(Real.now() + ${shift}) : super(...args); }
    static now() { return Real.now() + ${shift}; } };`;
  process.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(code)}`;
  try {
    return await use();
  } finally {
    process.env['NODE_OPTIONS'] = '';
  }
}

/** Random bytes over the first block of a table that nobody writes, read from disk again from now on. */
async function overwriteUsers(): Promise<void> {
  const [row] = (await onDedicated(
    world,
    "checkpoint; select json_build_object('path', pg_relation_filepath('public.users'));",
  )) as { path: string }[];
  await flipBytes(join(data, 'pgdata', String(row?.path)));
  const alloc = await newestAlloc(world);
  const body = JSON.stringify({ TaskName: 'postgres' });
  await world.nomad(`/v1/client/allocation/${alloc?.ID}/restart`, { method: 'PUT', body });
  await world.untilWriting();
}

/** Names both commands, changes nothing. The newest backup is the move's own until the schedule has made its first. */
async function expectChoice(run: Run, saw: RegExp): Promise<void> {
  expectRefused(run, 3, 'TARGET_UNREADABLE');
  const text = run.json.error?.details.join('\n') ?? '';
  expect(text).toMatch(saw);
  expect(text).toMatch(/--from source --accept-loss takes it back as of .* with \d+ rows/);
  expect(text).toMatch(
    /--from backup:(first-backup|\d{6}-\d{8}T\d{6}Z) --accept-loss takes it back as of .* with \d+ rows/,
  );
}

/** What the app misses now and did not miss before is exactly what it was promised in that time. */
async function expectLostSince(since: string, until: string, before: ReadonlyMap<string, string>): Promise<number> {
  const lost = [...(await promisesBroken(world))].filter(([token]) => !before.has(token));
  const early = lost.filter(([, ts]) => ts < since);
  expect(early, `promised before ${since}`).toEqual([]);
  const promised = (await promises(world)).filter(([, ts]) => ts > since && ts < until);
  expect(lost.map(([token]) => token).sort()).toEqual(promised.map(([token]) => token).sort());
  return lost.length;
}

describe('a restore on the way back that fails', () => {
  fault(10, 'the dedicated database holds a table of a role that the shared instance lacks', async () => {
    await onDedicated(
      world,
      'create role stranger; create table public.zzz_of_a_stranger (id int); alter table public.zzz_of_a_stranger owner to stranger;',
    );
    const run = await world.move('rollback');
    expectRefused(run, 4, 'RESTORE_FAILED');
    expect(run.json.status, explain(run)).toBe('undone');
    expect(run.json.error?.details.join('\n')).toContain('role "stranger" does not exist');
    await onDedicated(world, 'drop table public.zzz_of_a_stranger; drop role stranger;');
    await expectStillMoved();
    await expectNothingLost(world);
    return 'exit 4 RESTORE_FAILED after the first tables; scratch copy dropped, live and closed database untouched, nothing lost';
  });

  fault(10, 'a file of the dump is changed between the dump and the restore', async () => {
    const running = world.start('rollback', 'speedtest', '--yes', '--confirm', 'speedtest', '--json');
    await running.step('back-dump');
    const folder = join(await dumpFolder('back-dump'), 'dump');
    const [victim] = (await readdir(folder)).filter((name) => name.endsWith('.dat'));
    await flipBytes(join(folder, String(victim)));
    expect(await running.ended, running.stderr).toBe(4);
    expect(running.stdout).toContain('RESTORE_FAILED');
    expect(running.stdout).toContain('a file of the dump is damaged or missing');
    await expectStillMoved();
    await expectNothingLost(world);
    return 'exit 4 before the first row is restored; live and closed database untouched, nothing lost';
  });
});

describe('a dedicated database that cannot be read', () => {
  fault(6, 'later dumps fail three times, with the clock of dbctl 30, 60 and 90 days ahead', async () => {
    const proven = await world.dbctl('rollback', 'speedtest', '--prove', '--json');
    expect(proven.code, explain(proven)).toBe(0);
    expect(proven.json).toMatchObject({ schema: 'dbctl.proof/1', rounds: [{ status: 'proven' }] });
    const before = await sums(dumps);
    await overwriteUsers();
    for (const days of [30, 60, 90]) {
      const run = await daysAhead(days, () => world.dbctl('rollback', 'speedtest', '--prove', '--json'));
      expect(run.code, explain(run)).toBe(5);
      expect(explain(run)).toContain('invalid page in block 0');
    }
    const taken = await world.dbctl('backup', 'speedtest', '--json');
    expect(taken.code, explain(taken)).toBe(5);
    expect(await sums(dumps)).toMatchObject(before);
    return 'each proof and the backup failed with 5; the dump of the move, the first backup, the last proven dump and every scheduled backup are the same bytes';
  });

  fault(24, 'a data file of a table is overwritten; asked to go back', async () => {
    const run = await world.move('rollback');
    expectRefused(run, 3, 'TARGET_UNREADABLE');
    expect(run.json.status).toBe('undone');
    expect(run.json.error?.details.join('\n')).toMatch(/invalid page in block 0 of relation/);
    await expectStillMoved();
    return 'exit 3 TARGET_UNREADABLE quotes PostgreSQL, names the newest whole dump and the closed source; the app goes on';
  });

  fault(24, 'the same, and the operator chooses the newest whole dump', async () => {
    const before = await promisesBroken(world);
    const run = await world.move('rollback', '--from', 'backup', '--accept-loss');
    expectOk(run);
    expect(lossOf(run)).toMatchObject({ from: 'backup' });
    await world.untilWriting();
    const lost = [...(await promisesBroken(world))].filter(([token]) => !before.has(token));
    expect(lost.filter(([, ts]) => ts < lossOf(run).since)).toEqual([]);
    expect(lost.length).toBeGreaterThan(0);
    expect(await world.jobspecText()).toBe(original);
    return `back with what the dump holds; ${lost.length} acknowledged writes lost, all later than the report said`;
  });

  fault(6, 'the data volume is emptied', async () => {
    await moveOut();
    await world.untilWriting();
    const before = await promisesBroken(world);
    await stopJob(world, { purge: false });
    const gone = await until(
      () => newestAlloc(world),
      (alloc) => ['complete', 'failed'].includes(alloc?.ClientStatus ?? ''),
      'the end of the allocation',
    );
    const aside = join(world.lab.dir, 'aside');
    await mkdir(aside);
    await rename(join(data, 'pgdata'), join(aside, 'pgdata'));
    await runJobspec(world);
    const fresh = await until(
      () => newestAlloc(world),
      (alloc) => alloc?.ID !== gone?.ID,
      'a new allocation',
    );
    await until(
      () => taskLog(world, fresh?.ID ?? '', 'postgres'),
      (text) => text.includes('is expected'),
      'the refusal of the server',
    );
    const stopped = new Date().toISOString();
    await expectChoice(await world.move('rollback'), /data of system \d+ is expected/);
    const run = await world.move('rollback', '--from', 'source', '--accept-loss');
    expectOk(run);
    await world.untilWriting();
    const lost = await expectLostSince(lossOf(run).since, stopped, before);
    expect(lost).toBeGreaterThan(0);
    return `exit 3 with the choice; --from source brought the app back: ${lost} acknowledged writes lost, exactly those after the time it named`;
  });

  fault(35, 'the job is purged', async () => {
    await moveOut();
    await world.untilWriting();
    const before = await promisesBroken(world);
    await stopJob(world, { purge: true });
    await until(
      () => world.nomad<{ ClientStatus: string }[]>('/v1/job/speedtest/allocations'),
      (allocs) => allocs.every(({ ClientStatus }) => ClientStatus !== 'running'),
      'the end of the allocations',
    );
    const stopped = new Date().toISOString();
    await expectChoice(await world.move('rollback'), /job speedtest is not registered any more/);
    const run = await world.move('rollback', '--from', 'source', '--accept-loss');
    expectOk(run);
    await world.untilWriting();
    const lost = await expectLostSince(lossOf(run).since, stopped, before);
    return `exit 3 with the choice; --from source registered the job again: ${lost} acknowledged writes lost, exactly those it named`;
  });
});

describe('a new server that breaks before the app was let in', () => {
  fault(35, 'its data directory disappears between the dump and the import', async () => {
    const before = await promisesBroken(world);
    const running = world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--no-rehearse', '--json');
    await running.step('dump');
    await rm(join(data, 'pgdata'), { recursive: true });
    expect(await running.ended, running.stderr).toBeGreaterThan(2);
    expect(running.stdout, running.stderr).toContain('"status": "undone"');
    await world.untilWriting();
    expect(await promisesBroken(world)).toEqual(before);
    expect(await world.jobspecText()).toBe(original);
    return 'undone by itself: the old database is open again, the app writes there, nothing lost';
  });
});
