import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { clusterCatalog, sharedServer } from '../e2e/cluster-state.js';
import { expectNothingLost, expectOk, explain, pause } from '../e2e/expectations.js';
import { LabWorld, type Run } from '../e2e/lab-world.js';
import type { RunningDbctl } from '../e2e/running-dbctl.js';
import { fault } from './fault.js';
import { journalText } from './journal-variable.js';

let world: LabWorld;
const started: RunningDbctl[] = [];

beforeAll(async () => {
  world = await LabWorld.up('fault-locks', { scale: 1 });
});

afterAll(async () => {
  // A test that failed may have left one frozen.
  for (const running of started) await running.kill();
  await world?.down();
});

const start = (from: LabWorld, verb: string, ...flags: string[]): RunningDbctl => {
  const running = from.start(verb, 'speedtest', '--yes', '--confirm', 'speedtest', ...flags);
  started.push(running);
  return running;
};

/** Nomad keeps a lock that nobody renews for about twice its TTL of 20 s; dbctl says "within a minute". */
const FREE_WITHIN_MS = 60_000;
/** The TTL less one interval of renewal, and some for a slow machine. */
const HELD_FOR_MS = 12_000;

/** Tries from another machine until the lock of the one that was just frozen is free. */
async function takeOver(from: LabWorld, verb: string, ...flags: string[]): Promise<Run> {
  const frozenAt = Date.now();
  for (;;) {
    const askedAt = Date.now();
    const run = await from.move(verb, ...flags);
    if (run.json.error?.code !== 'RUN_LOCKED') {
      expect(askedAt - frozenAt, 'not before the lock of the frozen one is over').toBeGreaterThan(HELD_FOR_MS);
      return run;
    }
    expect(run.code).toBe(6);
    expect(askedAt - frozenAt, 'the lock is free after a while').toBeLessThan(FREE_WITHIN_MS);
    await pause(500);
  }
}

/** Goes on, and must stop by itself without another word to anybody. */
async function thawed(frozen: RunningDbctl): Promise<void> {
  const before = { journal: await journalText(world), catalog: await clusterCatalog(world), job: await jobIndex() };
  frozen.signal('SIGCONT');
  expect(await frozen.ended, frozen.stderr).toBe(6);
  expect(frozen.stderr + frozen.stdout).toContain('LOCK_LOST');
  expect(await journalText(world)).toEqual(before.journal);
  expect(await clusterCatalog(world)).toEqual(before.catalog);
  expect(await jobIndex()).toBe(before.job);
  await expectNothingLost(world);
}

const jobIndex = async (): Promise<number> =>
  (await world.nomad<{ JobModifyIndex: number }>('/v1/job/speedtest')).JobModifyIndex;

fault(8, 'two operators and a scheduler at once: migrate, migrate --all, rollback, finalize', async () => {
  const first = start(world, 'migrate', '--no-rehearse');
  await first.step('preflight');
  const others = await Promise.all([
    world.elsewhere().move('migrate', '--no-rehearse'),
    world.elsewhere().dbctl('migrate', '--all', '--yes', '--confirm', 'all', '--no-rehearse', '--json'),
    world.elsewhere().move('rollback'),
    world.move('finalize'),
  ]);
  for (const other of others) {
    expect(other.code, explain(other)).toBe(6);
    expect(other.stdout, explain(other)).toContain('RUN_LOCKED');
  }
  expect(await first.ended, first.stderr).toBe(0);
  await expectNothingLost(world);
  expectOk(await world.move('rollback'));
  return 'the first goes through, the others end with 6 (RUN_LOCKED)';
});

fault(37, 'somebody registers the job between the plan and the move', async () => {
  const original = await world.jobspecText();
  const running = start(world, 'migrate', '--no-rehearse');
  await running.step('preflight');
  await writeFile(world.jobspec, original.replace('APP_NAME = "Speedtest"', 'APP_NAME = "Edited"'));
  await world.registerJobspec();
  expect(await running.ended, running.stderr).toBe(6);
  const said = running.stderr + running.stdout;
  expect(said).toContain('JOB_CHANGED');
  expect(said).toMatch(/Env\.APP_NAME: was .?Speedtest.?, is .?Edited/);
  await expectNothingLost(world);
  const now = await world.nomad<{ TaskGroups: { Tasks: { Env: Record<string, string> | null }[] }[] }>(
    '/v1/job/speedtest',
  );
  expect(
    now.TaskGroups[0]?.Tasks.some(({ Env }) => Env?.['APP_NAME'] === 'Edited'),
    'theirs stays',
  ).toBe(true);
  return '6 (JOB_CHANGED) with what was changed; the edit stays, the app was not touched';
});

fault(
  8,
  'a holder is frozen after the dump, another frozen in his place before the app is let in, a third finishes',
  async () => {
    const [second, third] = [world.elsewhere(), world.elsewhere()];
    const first = start(world, 'migrate', '--no-rehearse');
    await first.step('dump');
    first.signal('SIGSTOP');
    // Waits for the lock, then goes on where the first was stopped.
    const asked = await takeOver(second, 'finalize');
    expect(asked.json.error?.code, 'it is a migrate that is under way').toBe('RUN_NOT_FOUND');
    const next = start(second, 'migrate', '--no-rehearse', '--resume');
    await next.step('verify');
    next.signal('SIGSTOP');
    expectOk(await takeOver(third, 'migrate', '--no-rehearse', '--resume'));
    await thawed(first);
    await thawed(next);
    return 'each is taken over only when his lock has run out; thawed, both end with 6 (LOCK_LOST) before their next change';
  },
);

fault(8, 'a holder is frozen right before the drop, another drops; then the first goes on', async () => {
  const frozen = start(world, 'finalize');
  await frozen.step('final-gate');
  frozen.signal('SIGSTOP');
  expect(await tombstones()).toHaveLength(2);
  expectOk(await takeOver(world.elsewhere(), 'finalize', '--resume'));
  expect(await tombstones()).toEqual([]);
  await thawed(frozen);
  return 'the second one drops behind his own look at the gate; the first ends with 6 (LOCK_LOST)';
});

const tombstones = (): Promise<unknown[]> =>
  sharedServer(
    world,
    async (client) => (await client.query("select datname from pg_database where datname like '%\\_\\_old\\_%'")).rows,
  );
