import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterState, clusterState, sharedAddress } from './cluster-state.js';
import { newestAlloc, until } from './data-volume.js';
import { expectNothingLost, expectOk, expectRefused, explain } from './expectations.js';
import { LabWorld } from './lab-world.js';

let world: LabWorld;
let original: string;

beforeAll(async () => {
  world = await LabWorld.up('e2e-undo', { scale: 3 });
  original = await world.jobspecText();
});

afterAll(async () => {
  await world?.down();
});

/** One test that fails must not take the others with it. */
beforeEach(async () => {
  await writeFile(world.jobspec, original);
  const state = (await world.move('rollback')).json.status;
  if (state !== undefined && state !== 'nothing-to-do') await world.move('rollback', '--resume');
  if ((await runningName()) !== 'Speedtest') await register(original);
});

/** The app writes where it wrote before, and nothing on the cluster tells that dbctl was here. */
async function expectAsBefore(before: ClusterState): Promise<void> {
  await expectNothingLost(world);
  expect(await clusterState(world)).toEqual(before);
}

describe('a rehearsal alone', () => {
  it('leaves nothing behind, and the app has not stopped', async () => {
    const before = await clusterState(world);
    const alloc = (await newestAlloc(world))?.ID;
    const run = await world.move('migrate', '--rehearse');
    expectOk(run);
    expect((await newestAlloc(world))?.ID).toBe(alloc);
    await expectAsBefore(before);
  });
});

describe('a move that cannot be', () => {
  it('is refused when the rehearsal predicts more downtime than allowed, each time it is asked for', async () => {
    const before = await clusterState(world);
    expectRefused(await world.move('migrate', '--max-downtime', '0.001s'), 3, 'DOWNTIME_BUDGET');
    await expectAsBefore(before);
    expectRefused(await world.move('migrate', '--max-downtime', '0.001s'), 3, 'DOWNTIME_BUDGET');
    await expectAsBefore(before);
  });

  it('does not take a rehearsal for the end of a move that was cut', async () => {
    const before = await clusterState(world);
    const running = world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--no-rehearse');
    await running.step('fence');
    await running.kill();
    expectRefused(await world.move('migrate', '--rehearse', '--resume'), 3, 'RUN_UNFINISHED');
    const done = await world.move('migrate', '--resume');
    expectOk(done);
    expect(
      done.json.steps.map(({ id }) => id),
      'the app is waiting: nothing is rehearsed now',
    ).not.toContain('rehearse');
    expectOk(await world.move('rollback'));
    expect(live(await clusterState(world))).toEqual(live(before));
  });
});

/** Registers a text as somebody else would: the operator's file stays as it is. Ends when the app runs in that shape. */
async function register(text: string): Promise<void> {
  const source = JSON.stringify({ JobHCL: text, Canonicalize: true });
  const job = await world.nomad('/v1/jobs/parse', { method: 'POST', body: source });
  const submission = { Source: text, Format: 'hcl2' };
  await world.nomad('/v1/jobs', { method: 'PUT', body: JSON.stringify({ Job: job, Submission: submission }) });
  const { Version } = await world.nomad<{ Version: number }>('/v1/job/speedtest');
  await until(
    () => world.nomad<{ Status: string; JobVersion: number }>('/v1/job/speedtest/deployment'),
    (deployment) => deployment.Status === 'successful' && deployment.JobVersion === Version,
    'the end of the deployment',
  );
}

async function runningName(): Promise<string | undefined> {
  const job = await world.nomad<{ TaskGroups: { Tasks: { Name: string; Env: Record<string, string> | null }[] }[] }>(
    '/v1/job/speedtest',
  );
  return job.TaskGroups[0]?.Tasks.find(({ Name }) => Name === 'app')?.Env?.['APP_NAME'];
}

describe('an app that does not come up on its new database', () => {
  it('is taken back by itself with every row, its jobspec byte for byte as before', async () => {
    const { port } = await sharedAddress(world);
    // Runs only where DB_PORT is the shared server's.
    const picky = original.replace(
      /command = "\/usr\/bin\/node"\s+args {4}= \["\/opt\/speedtest\/app\.cjs"\]/,
      `command = "/bin/sh"\n        args    = ["-c", "[ \\"$DB_PORT\\" = ${port} ] || exit 1; exec /usr/bin/node /opt/speedtest/app.cjs"]`,
    );
    expect(picky).not.toBe(original);
    await writeFile(world.jobspec, picky);
    await impatient();
    await register(picky);
    const before = await clusterState(world);
    const run = await world.move('migrate', '--no-rehearse');
    expectRefused(run, 4, 'APP_UNHEALTHY');
    expect(run.json.status, explain(run)).toBe('undone');
    await expectNothingLost(world);
    const now = await clusterState(world);
    expect(now.jobspec).toBe(before.jobspec);
    expect({ ...now.app, database: 'speedtest' }).toEqual({ ...before.app, database: 'speedtest' });
    expect(now.roles).toEqual(before.roles);
    expect(live(now)).toEqual(live(before));
    expect(now.jobs).toEqual(before.jobs);
    await writeFile(world.jobspec, original);
    await register(original);
    expectOk(await world.move('migrate', '--no-rehearse'));
    await expectNothingLost(world);
  });
});

/** The service's database as clients see it; a rollback brings a new oid, and keeps the older copy closed beside it. */
const live = (state: ClusterState): unknown[] =>
  state.databases.filter(({ datname }) => !String(datname).includes('__old_')).map((row) => ({ ...row, oid: 'any' }));

async function impatient(): Promise<void> {
  const path = join(world.lab.home, 'dbctl.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('  finalize:', '  migrate: { healthyDeadline: 10s }\n  finalize:'));
}
