import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { storePath, TARGET } from '../../lab/offsite/servers.js';
import { startedOf } from '../../src/pipeline/restore/choose.js';
import type { BackupReport } from '../../src/report/backup-report.js';
import type { BackupSetsReport } from '../../src/report/backups-report.js';
import type { DrillCode, DrillFinding, DrillReport, DrillsReport } from '../../src/report/drill-report.js';
import type { MetricsDocument } from '../../src/report/metrics.js';
import type { ServiceStatusReport } from '../../src/report/status-report.js';
import { type ClusterState, clusterState } from './cluster-state.js';
import { until } from './data-volume.js';
import { expectOk, explain, pause } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

/** Copies in a real S3 store are damaged by hand, and each drill has to say what is wrong with them and how to go on. */
let world: LabWorld;
let before: ClusterState;
/** Of the clean drill: what a budget is set against. */
let rto = 0;

const said = <T>(run: Run): T => JSON.parse(run.stdout) as T;

beforeAll(async () => {
  world = await LabWorld.up('e2e-drills', { scale: 1, offsite: true });
  expectOk(await world.move('migrate', '--no-rehearse'));
  before = await clusterState(world);
});
afterAll(() => world?.down());
beforeEach(() => settings({}));

/** As the operator writes it into dbctl.yaml; nothing takes it out again. */
function settings(drill: Record<string, unknown>): void {
  const path = join(world.lab.home, 'dbctl.yaml');
  const document = parseDocument(readFileSync(path, 'utf8'));
  document.setIn(['services', 'speedtest', 'drill'], document.createNode(drill));
  writeFileSync(path, document.toString({ lineWidth: 0 }));
}

/** The id of a new set, which is at the store too. */
async function backUp(service = 'speedtest'): Promise<string> {
  const run = await world.dbctl('backup', service, '--json');
  expectOk(run);
  const [set] = said<BackupReport>(run).sets;
  expect(set?.receipts).toMatchObject([{ target: TARGET, verified: true }]);
  return set?.id ?? '';
}

async function drilled(...args: string[]): Promise<{ run: Run; drill: DrillReport }> {
  const run = await world.dbctl('drill', 'speedtest', '--json', ...args);
  const [drill] = said<DrillsReport>(run).drills;
  expect(drill, explain(run)).toBeDefined();
  return { run, drill: drill as DrillReport };
}

async function expectClean(...args: string[]): Promise<DrillReport> {
  const { run, drill } = await drilled(...args);
  expect({ code: run.code, drill }, explain(run)).toMatchObject({ code: 0, drill: { status: 'ok', findings: [] } });
  await expectNothingLeft();
  return drill;
}

/** That finding and no other, its exit code, and a way on; then nothing is left of the drill. */
async function expectFound(code: DrillCode, exit: number, ...args: string[]): Promise<DrillFinding> {
  const { run, drill } = await drilled(...args);
  expect(
    drill.findings.map((found) => found.code),
    explain(run),
  ).toEqual([code]);
  expect({ exit: run.code, status: drill.status }, explain(run)).toEqual({ exit, status: 'failed' });
  await expectNothingLeft();
  const [found] = drill.findings;
  expect(found?.next).toContain('speedtest');
  return found as DrillFinding;
}

/** Neither job nor volume nor variable of the throwaway server; the service is as it was. */
async function expectNothingLeft(): Promise<void> {
  const jobs = await world.nomad<{ ID: string }[]>('/v1/jobs?prefix=dbctl-');
  const volumes = await world.nomad<{ Name: string }[]>('/v1/volumes?type=host');
  const variables = await world.nomad<{ Path: string }[]>('/v1/vars?prefix=nomad/jobs/dbctl-');
  expect({
    jobs: jobs.map(({ ID }) => ID),
    volumes: volumes.map(({ Name }) => Name).filter((name) => name.startsWith('dbctl-')),
    variables: variables.map(({ Path }) => Path),
  }).toEqual({ jobs: [], volumes: [], variables: [] });
}

/** The superuser's word in the live database. */
async function live(sql: string): Promise<string> {
  const run = await world.dbctl(
    'psql',
    'speedtest',
    '--admin',
    '--',
    '-X',
    '-q',
    '-At',
    '-v',
    'ON_ERROR_STOP=1',
    '-c',
    sql,
  );
  expect(run.code, explain(run)).toBe(0);
  return run.stdout.trim();
}

/** Every object of one copy, by path. */
const objectsOf = (id: string, service = 'speedtest'): string[] =>
  readdirSync(join(storePath(world.lab.dir), TARGET, 'db', service), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes(id))
    .map(({ parentPath, name }) => join(parentPath, name));

function objectOf(id: string, name: string, service = 'speedtest'): string {
  const path = objectsOf(id, service).find((one) => one.endsWith(`/${name}`));
  if (path === undefined) throw new Error(`no ${name} in ${objectsOf(id, service).join(', ')}`);
  return path;
}

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe('a clean drill', () => {
  it('writes its RTO, and the history shows it everywhere', async () => {
    settings({ rto: '10m', assertions: [{ sql: 'select 1', expect: '1' }] });
    const id = await backUp();
    const drill = await expectClean();
    rto = drill.rtoSeconds ?? 0;
    expect(drill).toMatchObject({ set: { id, from: TARGET }, evidence: { match: true }, budgetSeconds: 600 });
    expect(drill.parts.map((part) => part.id)).toEqual(['start', 'fetch', 'restore', 'verify', 'check']);
    expect(rto).toBeGreaterThan(0);
    expect(rto).toBeLessThanOrEqual(drill.parts.reduce((sum, { seconds }) => sum + seconds, 0.1));
    expect(drill.checks.join('\n')).toMatch(/[1-9]\d* indexes and [1-9]\d* tables read page by page/);
    const status = said<ServiceStatusReport>(await world.dbctl('status', 'speedtest', '--json'));
    expect(status.drills.at(-1)).toMatchObject({ status: 'ok', rtoSeconds: rto, budgetSeconds: 600, set: { id } });
    const backups = said<BackupSetsReport>(await world.dbctl('backups', 'speedtest', '--json'));
    expect(backups.catalogs[0]?.row.drill).toMatchObject({ status: 'ok', rtoSeconds: rto });
    const file = join(world.state, 'dbctl.prom');
    expect((await world.dbctl('metrics', '--textfile', file)).code).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(`dbctl_drill_rto_seconds{service="speedtest"} ${rto}\n`);
    expect(text).toMatch(/^dbctl_drill_last_success_timestamp_seconds\{service="speedtest"\} \d+/m);
    const kept = join(world.lab.home, 'migrations-plan/speedtest/drills', drill.run ?? '', 'drill.json');
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ status: 'ok', rtoSeconds: rto });
  });
});

describe('a copy at the store', () => {
  it('with one bit flipped is corrupt; a new backup is the way on', async () => {
    const id = await backUp();
    const dump = objectOf(id, 'database.dump.age');
    flipBit(dump);
    const found = await expectFound('DRILL_CORRUPT', 4);
    expect(found.text).toContain('database.dump.age is not as it was sent');
    expect(found.next).toContain('dbctl backup speedtest');
    const next = await backUp();
    expect((await expectClean()).set).toMatchObject({ id: next });
  });

  it('with an object gone is incomplete; an earlier backup is the way on meanwhile', async () => {
    const [earlier, id] = [await backUp(), await backUp()];
    renameSync(objectOf(id, 'globals.sql.age'), join(world.state, 'taken'));
    const found = await expectFound('DRILL_INCOMPLETE', 4);
    expect(found.text).toContain('globals.sql.age is not there');
    expect(found.next).toContain('--from');
    expect((await expectClean('--from', earlier)).set).toMatchObject({ id: earlier });
  });
});

describe('what the live database has and a dump leaves out', () => {
  it('is incomplete: a table that was made part of an extension', async () => {
    await live(
      'create table left_out as select n from generate_series(1, 50) n; alter extension plpgsql add table left_out',
    );
    await backUp();
    const found = await expectFound('DRILL_INCOMPLETE', 4);
    expect(found.details[0]).toMatch(/table \S*left_out with 50 rows is not there/);
    await live('alter extension plpgsql drop table left_out');
    await backUp();
    await expectClean();
    await live('drop table left_out');
  });
});

describe('what is restored and equal, and yet not right', () => {
  it('an index that amcheck refuses is corrupt: its order is none', async () => {
    await live(`create function no_order(int, int) returns int language plpgsql immutable
      as 'begin return case when random() < 0.5 then -1 else 1 end; end';
      create operator class no_order for type int using btree as
        operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 no_order(int, int);
      create table disordered as select n from generate_series(1, 500) n;
      create index disordered_by_n on disordered (n no_order)`);
    await backUp();
    const found = await expectFound('DRILL_CORRUPT', 4);
    expect(found.details.join('\n')).toMatch(/disordered_by_n: .*order/);
    expect(found.next).toContain('operator class');
    await live(
      'drop table disordered; drop operator class no_order using btree; drop operator family if exists no_order using btree; drop function no_order',
    );
  });

  it("an assertion of the service's own that does not hold is corrupt, until the data is right", async () => {
    await live('create table settled as select 0 as open_orders; alter table settled owner to speedtest');
    settings({ assertions: [{ sql: 'select open_orders from settled', expect: '1' }] });
    await backUp();
    const found = await expectFound('DRILL_CORRUPT', 4);
    expect(found).toMatchObject({
      text: expect.stringContaining('select open_orders from settled'),
      details: ['expected 1, saw 0'],
    });
    expect(found.next).toContain('dbctl psql speedtest');
    await live('update settled set open_orders = 1');
    await backUp();
    expect((await expectClean()).checks.join('\n')).toContain('select open_orders from settled: 1');
    await live('drop table settled');
  });
});

describe('what can be had, but not as promised', () => {
  it('is slow while the store hangs, and within the budget when it does not', async () => {
    // A busy machine is no failure: only a store that hangs for the whole budget is over it.
    const budget = Math.ceil(rto * 1.5) + 6;
    settings({ rto: `${budget}s` });
    const store = world.lab.pids['store'] ?? 0;
    const slow = expectFound('DRILL_SLOW', 3);
    await until(
      () => world.nomad<unknown[]>('/v1/jobs?prefix=dbctl-drill-'),
      (jobs) => jobs.length > 0,
      'the drill',
    );
    process.kill(store, 'SIGSTOP');
    await pause(budget * 1000).finally(() => process.kill(store, 'SIGCONT'));
    const found = await slow;
    expect(found.details.some((line) => line.startsWith('fetch: '))).toBe(true);
    await expectClean();
  });

  it('is stale when no newer copy came in time, until one does', async () => {
    const most = 45;
    settings({ maxAge: `${most}s` });
    // Of the copy, to the second, as its age counts.
    const began = Date.parse(startedOf({ id: await backUp(), started: null }) ?? '');
    await pause(Math.max(0, began + (most + 2) * 1000 - Date.now()));
    const found = await expectFound('DRILL_STALE', 3);
    expect(found.text).toContain(`at most ${most} s are allowed`);
    expect(found.next).toContain('dbctl backup speedtest');
    await backUp();
    await expectClean();
  });
});

describe('a drill that was killed', () => {
  it('leaves nothing that the next one does not clear', async () => {
    const running = world.start('drill', 'speedtest');
    await running.step('start');
    await running.kill();
    expect(await world.nomad<unknown[]>('/v1/jobs?prefix=dbctl-drill-')).toHaveLength(1);
    const drill = await expectClean();
    expect(drill.notes.join('\n')).toContain('left by a drill that was cut');
  });
});

describe('all of them', () => {
  it('are drilled one after another, and the worst is the exit code', async () => {
    const made = await world.dbctl('provision', 'notes', '--app', 'miniflux', '--yes', '--confirm', 'notes', '--json');
    expect(made.code, explain(made)).toBe(0);
    await until(
      () => world.dbctl('backup', 'notes', '--json'),
      ({ code }) => code === 0,
      'a backup',
      120_000,
    );
    appendFileSync(objectOf(await backUp(), 'globals.sql.age'), 'x');
    const run = await world.dbctl('drill', '--all', '--json');
    const { status, drills, waiting } = said<DrillsReport>(run);
    expect({ code: run.code, status, waiting }, explain(run)).toEqual({ code: 4, status: 'failed', waiting: [] });
    expect(drills.map((one) => [one.service, one.status, one.findings.map(({ code }) => code)])).toEqual([
      ['speedtest', 'failed', ['DRILL_CORRUPT']],
      ['notes', 'ok', []],
    ]);
    const { families } = said<MetricsDocument>(await world.dbctl('metrics', '--json'));
    const last = families.find(({ name }) => name === 'dbctl_drill_last_status')?.samples;
    expect(last?.map(({ labels, value }) => [labels['service'], value])).toEqual([
      ['speedtest', 1],
      ['notes', 0],
    ]);
    await expectNothingLeft();
  });

  it('have not touched the live database: the app writes, and all is where it was', async () => {
    await world.untilWriting();
    const now = await clusterState(world);
    const without = (names: readonly string[], mark: RegExp): string[] => names.filter((name) => !mark.test(name));
    expect({ ...now, jobs: without(now.jobs, /^notes/), volumes: without(now.volumes, /^notes/) }).toEqual(before);
    expect((await world.audit()).missing).toEqual([]);
  });
});
