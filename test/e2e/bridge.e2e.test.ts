import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LabWorld } from './lab-world.js';

let world: LabWorld;
let before: string;

/** The same job, but the group has a network of its own: the operator wrote `mode = "bridge"`. */
beforeAll(async () => {
  world = await LabWorld.up('e2e-bridge');
  before = (await world.jobspecText()).replace('mode = "host"', 'mode = "bridge"');
  await writeFile(world.jobspec, before);
  await world.registerJobspec();
  await world.untilWriting();
});

afterAll(async () => {
  await world?.down();
});

it('moves a service in bridge mode: the database listens on loopback of the group alone, no port is taken', async () => {
  const run = await world.move('migrate', '--no-rehearse');
  expect(run.json.status, run.stderr).toBe('ok');
  const text = await world.jobspecText();
  expect(text).toContain('DB_HOST=127.0.0.1');
  expect(text).toContain('DB_PORT=5432');
  expect(text).not.toContain('port "db"');
  const audit = await world.audit();
  expect({ missing: audit.missing, doubled: audit.doubled }).toEqual({ missing: [], doubled: [] });
});

it('takes it back, byte for byte', async () => {
  const run = await world.move('rollback');
  expect(run.json.status, run.stderr).toBe('ok');
  expect(await world.jobspecText()).toBe(before);
  const audit = await world.audit();
  expect({ missing: audit.missing, doubled: audit.doubled }).toEqual({ missing: [], doubled: [] });
});
