import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { expectNothingLost, expectOk, expectRefused, pause } from '../e2e/expectations.js';
import { LabWorld, type Run } from '../e2e/lab-world.js';
import type { RunningDbctl } from '../e2e/running-dbctl.js';
import { fault } from './fault.js';

let world: LabWorld;
let before: string;

beforeAll(async () => {
  world = await LabWorld.up('fault-unfinished', { scale: 1 });
  before = await world.jobspecText();
});

afterAll(() => world?.down());

/** One test that fails must not take the others with it. */
beforeEach(async () => {
  if ((await world.jobspecText()) === before && (await world.move('rollback')).json.status === 'nothing-to-do') return;
  await world.move('migrate', '--no-rehearse', '--resume');
  await world.move('rollback', '--resume');
});

const start = (): RunningDbctl =>
  world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--no-rehearse');

async function expectMovedAndBack(): Promise<void> {
  const shared = await world.nomad<{ Port: number }[]>('/v1/service/postgresql');
  expect((await world.stats()).serverPort).not.toBe(shared[0]?.Port);
  expectOk(await world.move('rollback'));
  expect(await world.jobspecText()).toBe(before);
  await expectNothingLost(world);
}

fault(8, 'migrate, rollback and finalize are started while a migrate runs', async () => {
  const first = start();
  await first.step('gate-in');
  const others = await Promise.all([
    world.move('migrate', '--resume'),
    world.move('rollback', '--resume'),
    world.move('finalize'),
  ]);
  for (const other of others) expectRefused(other, 6, 'RUN_LOCKED');
  expect(await first.ended, first.stderr).toBe(0);
  await expectMovedAndBack();
  return 'exit 6, RUN_LOCKED, three times; the first is not disturbed';
});

fault(13, 'kill -9 in a migrate; every other command, and another machine, before --restart', async () => {
  const running = start();
  await running.step('fence');
  await running.kill();
  const elsewhere = world.elsewhere();
  expectRefused(await elsewhere.move('migrate', '--resume'), 6, 'RUN_LOCKED');
  expectRefused(await world.move('migrate', '--no-rehearse'), 3, 'RUN_UNFINISHED');
  expectRefused(await world.move('rollback'), 3, 'RUN_UNFINISHED');
  expectRefused(await world.move('finalize'), 3, 'RUN_NOT_FOUND');
  expectOk(await world.move('migrate', '--no-rehearse', '--restart'));
  await expectMovedAndBack();
  return 'each is refused (exit 6 elsewhere while the lock lives, exit 3 here); --restart undoes and begins anew';
});

fault(13, 'kill -9 in a migrate before its dump; the machine is lost with all its files', async () => {
  const running = start();
  await running.step('gate-in');
  await running.kill();
  const began = Date.now();
  const elsewhere = world.elsewhere();
  expectOk(await untilFree(() => elsewhere.move('migrate', '--resume')));
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  await expectMovedAndBack();
  return `another machine finished it ${seconds} s after the kill: it waits until the lock has freed itself`;
});

async function untilFree(run: () => Promise<Run>): Promise<Run> {
  for (const until = Date.now() + 90_000; ; await pause(2_000)) {
    const seen = await run();
    if (seen.json.error?.code !== 'RUN_LOCKED' || Date.now() > until) return seen;
  }
}

fault(13, 'Ctrl-C in a migrate', async () => {
  const running = start();
  await running.step('dump');
  running.signal('SIGINT');
  expect(await running.ended, running.stderr).toBe(130);
  expect(running.stderr).toContain('stopping at the next safe point');
  expectRefused(await world.move('migrate', '--no-rehearse'), 3, 'RUN_UNFINISHED');
  expectOk(await world.move('migrate', '--no-rehearse', '--resume'));
  await expectMovedAndBack();
  return 'exit 130 at the next safe point, the journal kept; --resume finishes';
});
