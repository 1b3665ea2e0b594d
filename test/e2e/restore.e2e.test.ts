import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillsReport } from '../../src/report/drill-report.js';
import type { RestoreReport } from '../../src/report/restore-report.js';
import { expectOk, expectRefused, explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;

/** A store beside the lab for copies, with its credentials in the lab's Vault. */
const WITH_STORE = { scale: 3, offsite: true };

const restored = (run: Run): RestoreReport => JSON.parse(run.stdout) as RestoreReport;
const drilled = (run: Run): DrillsReport => JSON.parse(run.stdout) as DrillsReport;

beforeAll(async () => {
  world = await LabWorld.up('e2e-restore', { ...WITH_STORE });
  expectOk(await world.move('migrate', '--no-rehearse'));
  expectOk(await world.dbctl('backup', 'speedtest', '--json'));
});
afterAll(() => world?.down());

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

  it.each(['set', 'safety', 'make', 'import', 'verify', 'swap', 'app'])(
    'goes on when dbctl was killed in %s',
    async (step) => {
      const running = world.start('restore', 'speedtest', '--yes', '--confirm', 'speedtest');
      await running.step(step);
      await running.kill();
      expectRefused(await world.move('rollback'), 3, 'RUN_UNFINISHED');
      const run = await world.move('restore', '--resume');
      expectOk(run);
      expect(restored(run).kept).toHaveLength(1);
      await world.untilWriting();
    },
  );

  it('comes from an off-site copy too', async () => {
    const run = await world.move('restore', '--offsite', 's3');
    expect(run.json.status, explain(run)).toBe('ok');
    expect(restored(run).set?.from).toBe('s3');
    await world.untilWriting();
  });
});

describe('a drill', () => {
  it.each([['--local'], []])('restores for real and leaves nothing behind %s', async (...flags) => {
    const run = await world.dbctl('drill', 'speedtest', '--json', ...flags);
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
