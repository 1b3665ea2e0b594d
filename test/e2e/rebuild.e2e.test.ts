import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RebuildReport, RebuildRow } from '../../src/report/rebuild-report.js';
import { Canary } from '../support/canary.js';
import { explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';
import {
  askOdd,
  expectWritesUntil,
  loseCluster,
  MOVED,
  makeCluster,
  NUMBER,
  ODD,
  ODD_SUMS,
  SHARED,
} from './lost-cluster.js';

/** A cluster is lost with everything of it; only copies elsewhere, their keys and the operator's repository are left. */
let world: LabWorld;
let folder: string;
let instant = '';
let sums: Record<string, unknown>[] = [];
const content = new Map<string, unknown>();
const runs: Run[] = [];
const options = { scale: 1, all: true, offsite: true, number: NUMBER } as const;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbctl-lost-'));
  world = await LabWorld.up('e2e-rebuild', options);
}, 400_000);
afterAll(async () => {
  await world?.down();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

const said = (run: Run): RebuildReport => {
  runs.push(run);
  return JSON.parse(run.stdout) as RebuildReport;
};

const rowOf = (report: RebuildReport, service: string): RebuildRow =>
  report.rows.find((row) => row.service === service) ?? expect.fail(`no row of ${service}`);

test('services that moved, one that was made, and some on the shared instance are copied elsewhere; then all is lost', async () => {
  await makeCluster(world);
  sums = await askOdd(world, ODD.main, ODD_SUMS);
  for (const service of [...MOVED, ...SHARED]) content.set(service, await world.content(service));
  expect((await world.dbctl('rebuild', 'speedtest', '--yes', '--confirm', 'speedtest', '--json')).code).toBe(3);
  instant = await loseCluster(world, folder);
  await world.down();
  world = await LabWorld.up('e2e-rebuild', { ...options, lost: folder });
}, 1_800_000);

test('which copies there are is shown, and nothing is changed by that', async () => {
  const run = await world.dbctl('rebuild', '--all', '--plan', '--json');
  const report = said(run);
  expect(report.rows.map(({ service, status }) => `${service} ${status}`).sort(), explain(run)).toEqual(
    [...MOVED, ...SHARED, ODD.service].map((service) => `${service} ready`).sort(),
  );
  expect(await world.nomad<{ ID: string }[]>('/v1/jobs')).toEqual([]);
}, 300_000);

test('one is killed in the middle and gone on with by the same command', async () => {
  const running = world.start('rebuild', 'speedtest', '--yes', '--confirm', 'speedtest');
  await running.step('import');
  await running.kill();
  const run = await world.dbctl('rebuild', 'speedtest', '--yes', '--confirm', 'speedtest', '--json');
  expect(rowOf(said(run), 'speedtest'), explain(run)).toMatchObject({ status: 'ok', equal: true });
  await expectWritesUntil(world, { service: 'speedtest', folder, instant });
}, 300_000);

test('all others come back by one command, every digest equal to the copy', async () => {
  const run = await world.dbctl('rebuild', '--all', '--yes', '--json');
  const report = said(run);
  expect(run.code, explain(run)).toBe(0);
  expect(rowOf(report, 'speedtest').status).toBe('nothing-to-do');
  const others = report.rows.filter(({ service }) => service !== 'speedtest');
  expect(others.map(({ status, equal }) => ({ status, equal }))).toEqual(
    others.map(() => ({ status: 'ok', equal: true })),
  );
  process.stderr.write(
    `${others.map(({ service, seconds, rows }) => `${service} ${seconds} s, ${rows} rows`).join('\n')}\n`,
  );
}, 900_000);

test('every app works on its old rows and with what it had been promised', async () => {
  for (const service of [...MOVED, ...SHARED]) {
    await expectWritesUntil(world, { service, folder, instant });
    expect(await world.content(service)).toEqual(content.get(service));
  }
  expect(await askOdd(world, ODD.main, ODD_SUMS)).toEqual(sums);
  expect(await askOdd(world, ODD.second, 'select count(*)::int as n from other')).toEqual([{ n: 77 }]);
}, 300_000);

test('the same again is nothing to do, and backups go on', async () => {
  const run = await world.dbctl('rebuild', '--all', '--yes', '--json');
  expect(new Set(said(run).rows.map(({ status }) => status)), explain(run)).toEqual(new Set(['nothing-to-do']));
  const backup = await world.dbctl('backup', 'speedtest', '--json');
  expect(backup.code, explain(backup)).toBe(0);
}, 300_000);

test('no password was shown', async () => {
  const canary = new Canary();
  for (const service of [...MOVED, ODD.service]) canary.add(service, await world.secret(`postgres/${service}`));
  expect(runs.flatMap((run, index) => canary.in(`run ${index}`, `${run.stdout}\n${run.stderr}`))).toEqual([]);
});
