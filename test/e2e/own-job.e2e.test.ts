import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOk, explain, pause } from './expectations.js';
import { LabWorld } from './lab-world.js';
import type { RunningDbctl } from './running-dbctl.js';
import { SeveralCopies } from './several-copies.js';

let world: LabWorld;
let copies: SeveralCopies;
let before: string;

beforeAll(async () => {
  world = await LabWorld.up('e2e-own-job', { scale: 3 });
  copies = await SeveralCopies.in(world);
  before = await world.jobspecText();
});

afterAll(async () => {
  await world?.down();
});

const file = (): string => join(world.lab.home, 'jobs/src/speedtest-postgres.nomad.hcl');

const databaseJob = async (): Promise<string[]> =>
  (await world.nomad<{ ID: string; Status: string }[]>('/v1/jobs?prefix=speedtest-postgres')).map(
    ({ Status }) => Status,
  );

async function expectMoved(): Promise<void> {
  const shared = await world.nomad<{ Port: number }[]>('/v1/service/postgresql');
  const own = await world.nomad<{ Address: string; Port: number }[]>('/v1/service/speedtest-postgres');
  const { serverPort } = await world.stats();
  expect(serverPort).toBe(own[0]?.Port);
  expect(serverPort).not.toBe(shared[0]?.Port);
  expect(await databaseJob()).toEqual(['running']);
  expect(await readFile(file(), 'utf8')).toContain('job "speedtest-postgres" {');
  await copies.untilAllWrite();
  await copies.expectNothingLost();
}

async function expectBack(): Promise<void> {
  const shared = await world.nomad<{ Port: number }[]>('/v1/service/postgresql');
  expect((await world.stats()).serverPort).toBe(shared[0]?.Port);
  expect(await world.jobspecText()).toBe(before);
  expect(await databaseJob()).toEqual([]);
  expect(existsSync(file())).toBe(false);
  await copies.untilAllWrite();
  await copies.expectNothingLost();
}

const goBack = async (): Promise<void> => {
  expectOk(await world.move('rollback'));
  await expectBack();
};

const start = (...flags: string[]): RunningDbctl =>
  world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--no-rehearse', ...flags);

/** When the step's start has just been journalled: its effect may or may not have happened. */
async function stepStarted(running: RunningDbctl, step: string): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end && running.running; await pause(5)) {
    if (isStarted(step)) return;
  }
  throw new Error(`${step} did not start\n${running.stderr}`);
}

function isStarted(step: string): boolean {
  const folder = join(world.state, 'dbctl/runs');
  const newest = existsSync(folder) ? readdirSync(folder).sort().at(-1) : undefined;
  const journal = join(folder, newest ?? '', 'journal.json');
  if (newest === undefined || !existsSync(journal)) return false;
  const { steps } = JSON.parse(readFileSync(journal, 'utf8')) as { steps: { id: string; state: string }[] };
  return steps.some(({ id, state }) => id === step && state === 'started');
}

describe('an app of two groups and three copies', () => {
  it('gets its database into a job of its own, found by its service', async () => {
    const run = await world.move('migrate');
    expectOk(run);
    expect(run.json.steps.map(({ id }) => id)).toEqual([
      ...['preflight', 'stage', 'rehearse', 'database', 'gate-in', 'fence', 'dump'],
      ...['import', 'verify', 'open', 'prove', 'settle', 'backup'],
    ]);
    expect(run.json.evidence?.match).toBe(true);
    await expectMoved();
    const again = await world.move('migrate');
    expect(again.json.status, explain(again)).toBe('nothing-to-do');
  });

  it('goes back with every later row; the job of the database and its file are gone', goBack);

  it.each(['gate-in', 'open'])('survives a kill of dbctl when %s has begun', async (step) => {
    const running = start();
    await stepStarted(running, step);
    await pause(step === 'gate-in' ? 300 : 0);
    await running.kill();
    expectOk(await world.move('migrate', '--no-rehearse', '--resume'));
    await expectMoved();
    await goBack();
  });

  it('is left as it was when somebody else changes its job right before it is stopped', async () => {
    const running = start('--json');
    await stepStarted(running, 'database');
    const job = await world.nomad<Record<string, unknown>>('/v1/job/speedtest');
    await world.nomad('/v1/jobs', { method: 'POST', body: JSON.stringify({ Job: { ...job, Meta: { by: 'hand' } } }) });
    expect(await running.ended, running.stderr).toBe(6);
    const { status, error } = JSON.parse(running.stdout) as { status: string; error: { code: string } };
    expect({ status, code: error.code }).toEqual({ status: 'undone', code: 'JOB_CHANGED' });
    await world.registerJobspec();
    await expectBack();
  });

  it('moves once more and is finalized', async () => {
    expectOk(await world.move('migrate', '--no-rehearse'));
    await expectMoved();
    await pause(3000);
    expectOk(await world.move('finalize'));
    await copies.expectNothingLost();
  });
});
