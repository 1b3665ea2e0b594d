import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupAllReport, BackupReport } from '../../src/report/backup-report.js';
import type { BackupSetsReport } from '../../src/report/backups-report.js';
import type { DrillsReport } from '../../src/report/drill-report.js';
import type { MetricsDocument } from '../../src/report/metrics.js';
import type { RestoreReport } from '../../src/report/restore-report.js';
import { until } from './data-volume.js';
import { expectOk, expectRefused, explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;

const restored = (run: Run): RestoreReport => JSON.parse(run.stdout) as RestoreReport;
const drilled = (run: Run): DrillsReport => JSON.parse(run.stdout) as DrillsReport;
const said = <T>(run: Run): T => JSON.parse(run.stdout) as T;

const expectOkay = (run: Run): void => expect(run.code, explain(run)).toBe(0);

const setsOf = async (service: string): Promise<BackupSetsReport['catalogs'][number]['sets']> => {
  const run = await world.dbctl('backups', service, '--json');
  expect(run.code, explain(run)).toBe(0);
  return said<BackupSetsReport>(run).catalogs.flatMap(({ sets }) => sets);
};

beforeAll(async () => {
  world = await LabWorld.up('e2e-backups', { scale: 3 });
  expectOk(await world.move('migrate', '--no-rehearse'));
});
afterAll(() => world?.down());

describe('backups', () => {
  it('are made by the schedule of the job itself, the first one at once', async () => {
    const first = async (): Promise<boolean> => (await setsOf('speedtest')).some(({ kind }) => kind === 'first');
    await until(first, Boolean, 'the first backup', 120_000);
  });

  it('are made by command, are seen, pinned, and counted on', async () => {
    const run = await world.dbctl('backup', 'speedtest', '--json');
    expectOk(run);
    const [made] = said<BackupReport>(run).sets;
    expect(made?.databases[0]?.rows).toBeGreaterThan(1000);
    const id = made?.id ?? '';
    expectOkay(await world.dbctl('backups', 'pin', 'speedtest', id, '--json'));
    const sets = await setsOf('speedtest');
    expect(sets.map((set) => Number(set.id.slice(0, 6)))).toEqual(sets.map((_, index) => sets.length - index));
    expect(sets.find((set) => set.id === id)).toMatchObject({ pinned: true, kind: 'manual' });
    expectOkay(await world.dbctl('backups', 'prune', 'speedtest', '--dry-run', '--json'));
    const { families } = said<MetricsDocument>(await world.dbctl('metrics', '--json'));
    const success = families.find(({ name }) => name === 'dbctl_backup_last_success_timestamp_seconds');
    expect(success?.samples[0]?.value).toBeGreaterThan(Date.now() / 1000 - 600);
  });

  it('of the shared instance are made for each of its databases, in a job that runs by itself', async () => {
    expectOkay(await world.dbctl('backup', 'deploy-shared', '--yes', '--json'));
    expectOkay(await world.dbctl('backup', 'deploy-shared', '--yes', '--json'));
    const run = await world.dbctl('backup-all', '--json');
    expectOk(run);
    const report = said<BackupAllReport>(run);
    expect(report.rows.map(({ service, status }) => [service, status])).toEqual([
      ['speedtest', 'ok'],
      ['postgresql', 'ok'],
    ]);
    expect(report.rows[1]?.sets).toBeGreaterThanOrEqual(5);
  });
});

/** Rows that the app has in its live database, by the server's own word. */
const ledger = async (): Promise<number> => (await world.audit()).missing.length;

describe('a backup in the place of the live database', () => {
  it('is compared and put there; the app comes back by itself, and what came later is kept', async () => {
    await world.untilWriting();
    const run = await world.move('restore');
    expectOk(run);
    const report = restored(run);
    expect(report.evidence?.match).toBe(true);
    expect(report.safety).toMatch(/^\d{6}-/);
    expect(report.kept).toHaveLength(1);
    expect(report.firstSession).not.toBeNull();
    await world.untilWriting();
    expect(await ledger(), 'rows written after the backup are not in it').toBeGreaterThan(0);
  });

  it('is taken back with every row that was there before', async () => {
    const before = await ledger();
    expectOk(await world.move('restore', '--undo'));
    await world.untilWriting();
    expect(await ledger()).toBeLessThan(before);
    expectOk(await world.move('restore', '--done'));
    expectRefused(await world.move('restore', '--undo'), 3, 'RUN_NOT_FOUND');
  });

  it.each(['make', 'swap', 'app'])('goes on when dbctl was killed in %s', async (step) => {
    const running = world.start('restore', 'speedtest', '--yes', '--confirm', 'speedtest');
    await running.step(step);
    await running.kill();
    expectRefused(await world.move('rollback'), 3, 'RUN_UNFINISHED');
    const run = await world.move('restore', '--resume');
    expectOk(run);
    expect(restored(run).kept).toHaveLength(1);
    await world.untilWriting();
  });

  it('leaves every later row there, and a way back to the shared instance', async () => {
    expectOk(await world.move('restore', '--done'));
    expect((await world.dbctl('verify', 'speedtest', '--json')).code).toBe(0);
  });
});

describe('a drill', () => {
  it('restores for real and leaves nothing behind', async () => {
    const run = await world.dbctl('drill', 'speedtest', '--json', '--local');
    const [drill] = drilled(run).drills;
    expect(drill, explain(run)).toMatchObject({ status: 'ok', findings: [] });
    expect(drill?.rtoSeconds).toBeGreaterThan(0);
    const jobs = await world.nomad<{ ID: string }[]>('/v1/jobs?prefix=dbctl-drill-');
    expect(jobs).toEqual([]);
    const volumes = await world.nomad<{ Name: string }[]>('/v1/volumes?type=host');
    expect(volumes.filter(({ Name }) => Name.startsWith('dbctl-drill-'))).toEqual([]);
  });

  it('that was killed is cleared by the next one', async () => {
    const running = world.start('drill', 'speedtest', '--local');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await running.kill();
    const run = await world.dbctl('drill', 'speedtest', '--local', '--json');
    expect(drilled(run).status, explain(run)).toBe('ok');
  });
});
