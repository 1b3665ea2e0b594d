import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;
let before: string;

beforeAll(async () => {
  world = await LabWorld.up('e2e-spine');
  before = await world.jobspecText();
});

afterAll(async () => {
  await world?.down();
});

/** Every acknowledged write is there once, whichever database the app uses now. */
async function expectNothingLost(): Promise<void> {
  const audit = await world.audit();
  expect(audit.acknowledged).toBeGreaterThan(20);
  expect({ missing: audit.missing, doubled: audit.doubled, strangers: audit.strangers }).toEqual({
    missing: [],
    doubled: [],
    strangers: [],
  });
}

/** How long the app has to be healthy first, by the inventory from now on. */
async function soak(time: string): Promise<void> {
  const path = join(world.lab.home, 'dbctl.yaml');
  const text = await readFile(path, 'utf8');
  const changed = text.replace(/soak: \w+/, `soak: ${time}`);
  expect(changed).not.toBe(text);
  await writeFile(path, changed);
}

const explain = (run: Run): string => `${run.stdout}\n${run.stderr}`.slice(-4000);

function expectOk(run: Run): void {
  expect(run.json.status, explain(run)).toBe('ok');
  expect(run.code, explain(run)).toBe(0);
}

describe('speedtest, with the app under load', () => {
  it('is planned without a change', async () => {
    const index = (await world.nomad<{ JobModifyIndex: number }>('/v1/job/speedtest')).JobModifyIndex;
    const run = await world.dbctl('plan', 'speedtest', '--json');
    expect(run.code, explain(run)).toBe(0);
    const plan = JSON.parse(run.stdout) as {
      schema: string;
      services: { state: string; app: { settings: { key: string }[] } }[];
    };
    expect(plan.schema).toBe('dbctl.plan/2');
    expect(plan.services[0]?.state).toBe('migrate');
    expect(plan.services[0]?.app.settings.map((setting) => setting.key)).toEqual(['DB_HOST', 'DB_PORT']);
    expect((await world.nomad<{ JobModifyIndex: number }>('/v1/job/speedtest')).JobModifyIndex).toBe(index);
  });

  it('moves to its own database with equal evidence', async () => {
    const run = await world.move('migrate');
    expectOk(run);
    const { json } = run;
    expect(json.schema).toBe('dbctl.migrate/2');
    expect(json.steps.map((step) => step.id)).toEqual([
      ...[
        'preflight',
        'stage',
        'rehearse',
        'gate-in',
        'fence',
        'dump',
        'import',
        'verify',
        'open',
        'prove',
        'settle',
        'backup',
      ],
    ]);
    expect(json.steps.every((step) => step.status === 'ok')).toBe(true);
    const [evidence, second] = json.evidence?.databases ?? [];
    expect(second).toBeUndefined();
    expect(evidence?.tables.length).toBeGreaterThan(3);
    expect(evidence?.tables.every((table) => table.match && table.digest !== '')).toBe(true);
    expect(evidence?.catalogDiff).toEqual([]);
    expect(json.downtimeSeconds).toBeGreaterThan(0);
    await expectNothingLost();
  });

  it('has nothing to do the second time', async () => {
    const run = await world.move('migrate');
    expect(run.code, explain(run)).toBe(0);
    expect(run.json.status).toBe('nothing-to-do');
  });

  it('goes back with every later row, the jobspec byte for byte as before', async () => {
    expectOk(await world.move('rollback'));
    expect(await world.jobspecText()).toBe(before);
    await expectNothingLost();
  });

  it('moves again after the way back', async () => {
    expectOk(await world.move('migrate', '--no-rehearse'));
    await expectNothingLost();
  });

  it('stays closed when the shared job restarts before the old database is dropped', async () => {
    const allocs = await world.nomad<{ ID: string; ClientStatus: string }[]>('/v1/job/postgresql/allocations');
    const running = allocs.find((alloc) => alloc.ClientStatus === 'running');
    await world.nomad(`/v1/client/allocation/${running?.ID}/restart`, {
      method: 'PUT',
      body: JSON.stringify({ AllTasks: true }),
    });
    await waitForShared();
    expectOk(await world.move('rollback'));
    await expectNothingLost();
    expectOk(await world.move('migrate', '--no-rehearse'));
  });

  it('is not finalized before the app was healthy for the soak time', async () => {
    // However slow the machine is.
    await soak('1h');
    const run = await world.move('finalize');
    expect(run.code, explain(run)).toBe(3);
    expect(run.json.error).toMatchObject({
      code: 'DROP_GATE',
      details: [expect.stringContaining('the app has to run on its new database for')],
    });
    await soak('1s');
  });

  it('is finalized: the old databases are dropped, the init block leaves the file', async () => {
    expectOk(await world.move('finalize'));
    const again = await world.move('finalize');
    expect(again.json.status).toBe('nothing-to-do');
    await expectNothingLost();
  });
});

/** The init task of the restarted shared job has ended well again. */
async function waitForShared(): Promise<void> {
  for (let left = 120; left > 0; left--) {
    const allocs = await world.nomad<
      { ClientStatus: string; TaskStates: Record<string, { State: string; Failed: boolean; Restarts: number }> }[]
    >('/v1/job/postgresql/allocations');
    const tasks = allocs.find((alloc) => alloc.ClientStatus === 'running')?.TaskStates;
    const init = tasks?.['init-databases'];
    if (
      tasks?.['postgres']?.State === 'running' &&
      init?.State === 'dead' &&
      !init.Failed &&
      (tasks['postgres']?.Restarts ?? 0) >= 0
    ) {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the shared job did not come back');
}
