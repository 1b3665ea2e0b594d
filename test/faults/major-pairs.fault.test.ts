import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { expectNothingLost, expectOk } from '../e2e/expectations.js';
import { LabWorld, type Run } from '../e2e/lab-world.js';
import { fault } from './fault.js';

let world: LabWorld | undefined;

afterEach(async () => {
  await world?.down();
});

async function withMajor({ lab }: LabWorld, major: number): Promise<void> {
  const inventory = join(lab.home, 'dbctl.yaml');
  const text = await readFile(inventory, 'utf8');
  await writeFile(inventory, text.replace(/ {2}speedtest: \{(?: major: \d+,)?/, `  speedtest: { major: ${major},`));
}

function expectEqual(run: Run): void {
  expectOk(run);
  const [database] = run.json.evidence?.databases ?? [];
  expect(database?.catalogDiff).toEqual([]);
  expect(database?.tables.length).toBeGreaterThan(3);
  expect(run.json.evidence?.match).toBe(true);
}

async function thereAndBack(of: LabWorld, target: number): Promise<void> {
  const before = await of.jobspecText();
  await withMajor(of, target);
  expectEqual(await of.move('migrate', ...(target === 17 ? [] : ['--no-rehearse'])));
  // The server's own script refuses to start any other.
  expect(await of.jobspecText()).toContain(`\nmajor=${target}\n`);
  await expectNothingLost(of);
  expectEqual(await of.move('rollback'));
  expect(await of.jobspecText()).toBe(before);
  await expectNothingLost(of);
}

for (const [shared, targets] of [
  [15, [17, 18]],
  [17, [17, 18]],
] as const) {
  // The first time on a machine this fetches two Debian suites: minutes.
  fault(
    21,
    `${targets.map((target) => `PostgreSQL ${shared} to ${target} and back`).join(', ')}, under load`,
    async () => {
      const others = targets.filter((major) => major !== shared);
      world = await LabWorld.up(`fault-majors-${shared}`, { majors: [shared, ...others], scale: 1 });
      for (const target of targets) await thereAndBack(world, target);
      return 'evidence equal in both directions, nothing lost or doubled';
    },
    900_000,
  );
}
