import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { expectNothingLost, expectOk } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

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

describe.each([
  { shared: 15, targets: [17, 18] },
  { shared: 17, targets: [17, 18] },
])('a service on a shared PostgreSQL $shared', ({ shared, targets }) => {
  // The first time on a machine this fetches two Debian suites: minutes.
  it(`moves to ${targets.join(' and to ')} and back, under load, with equal evidence`, async () => {
    const others = targets.filter((major) => major !== shared);
    world = await LabWorld.up(`e2e-majors-${shared}`, { majors: [shared, ...others] });
    const before = await world.jobspecText();
    for (const target of targets) {
      await withMajor(world, target);
      expectEqual(await world.move('migrate', ...(target === 17 ? [] : ['--no-rehearse'])));
      // The server's own script refuses to start any other.
      expect(await world.jobspecText()).toContain(`\nmajor=${target}\n`);
      await expectNothingLost(world);
      expectEqual(await world.move('rollback'));
      expect(await world.jobspecText()).toBe(before);
      await expectNothingLost(world);
    }
  }, 900_000);
});
