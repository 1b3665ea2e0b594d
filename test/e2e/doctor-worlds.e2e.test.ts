import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorCheck, DoctorFinding, DoctorReport } from '../../src/report/doctor-report.js';
import { until } from './data-volume.js';
import { expectOk, explain } from './expectations.js';
import { LabWorld } from './lab-world.js';
import { AFTER_THE_MOVE, BEFORE_THE_MOVE, THE_MOVE } from './worlds/index.js';
import { Kit } from './worlds/kit.js';
import type { WorldRow } from './worlds/world-row.js';

let world: LabWorld;
let kit: Kit;

/** Docs: docs/doctor.md lists the rows. One lab for all of them; each puts everything back, also when it fails. */
beforeAll(async () => {
  world = await LabWorld.up('e2e-doctor-worlds', { scale: 1 });
  kit = await Kit.of(world);
  const deployed = await world.dbctl('backup', 'deploy-shared', '--yes', '--json');
  expect(deployed.code, explain(deployed)).toBe(0);
  const backedUp = await world.dbctl('backup-all', '--json');
  expect(backedUp.code, explain(backedUp)).toBe(0);
  await untilWell('the lab');
});
afterAll(() => world?.down());

async function examine(): Promise<DoctorReport> {
  const run = await kit.eyes.dbctl('doctor', '--json');
  expect([0, 2, 4], explain(run)).toContain(run.code);
  return JSON.parse(run.stdout) as DoctorReport;
}

const unwell = ({ checks }: DoctorReport): DoctorCheck[] => checks.filter(({ status }) => status !== 'ok');
const shown = (report: DoctorReport): string[] =>
  unwell(report).map(({ id, status, text, findings }) =>
    [`${id} (${status}): ${text}`, ...findings.map(({ evidence, fix }) => `${evidence} | fix: ${fix}`)].join(' '),
  );

const untilWell = (after: string): Promise<unknown> =>
  until(
    async () => shown(await examine()),
    (lines) => lines.length === 0,
    `all is well after ${after}`,
    120_000,
  );

async function named({ id, says }: WorldRow): Promise<DoctorFinding> {
  const lines = await until(
    async () => await examine(),
    (report) => unwell(report)[0]?.id === id,
    `${id} named first`,
    120_000,
  ).catch(async (error: unknown) => {
    throw new Error(`${id} is not first: ${shown(await examine()).join('\n')}`, { cause: error });
  });
  const [found] = unwell(lines)[0]?.findings ?? [];
  expect(found?.evidence).toMatch(says);
  return found as DoctorFinding;
}

async function putBack(row: WorldRow): Promise<void> {
  await kit.putBack();
  await row.putBack?.(kit);
  kit.notes.clear();
}

/** Healthy, broken, named first, mended as the finding says, healthy. */
async function lives(row: WorldRow): Promise<void> {
  try {
    await row.breakIt(kit);
    await row.mend(kit, await named(row));
    await untilWell(row.id);
  } catch (error) {
    await putBack(row);
    await untilWell(`${row.id} was put back`).catch(() => undefined);
    throw error;
  }
  await putBack(row);
}

const live = (rows: readonly WorldRow[]): void =>
  it.each(rows.map((row) => [row.id, row.broken, row] as const))('%s: %s', (_id, _broken, row) => lives(row));

for (const { title, rows } of BEFORE_THE_MOVE) describe(title, () => live(rows));

describe('a move that was cut', () => live([THE_MOVE]));

for (const { title, rows } of AFTER_THE_MOVE)
  describe(title, () => {
    beforeAll(async () => {
      // With -t the cut move may have been left out.
      if ((await world.jobspecText()).includes('>>> dbctl')) return;
      expectOk(await world.move('migrate', '--no-rehearse'));
      await untilWell('the move');
    });
    live(rows);
  });
