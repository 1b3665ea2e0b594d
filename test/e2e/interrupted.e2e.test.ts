import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedServer } from './cluster-state.js';
import { expectNothingLost, expectOk, expectRefused, explain, pause } from './expectations.js';
import { LabWorld } from './lab-world.js';
import type { RunningDbctl } from './running-dbctl.js';

let world: LabWorld;
let before: string;

beforeAll(async () => {
  world = await LabWorld.up('e2e-interrupted', { scale: 3 });
  before = await world.jobspecText();
});

afterAll(async () => {
  await world?.down();
});

/** One test that fails must not take the others with it. */
beforeEach(async () => {
  if ((await world.jobspecText()) === before && (await world.move('rollback')).json.status === 'nothing-to-do') return;
  await world.move('migrate', '--no-rehearse', '--resume');
  await world.move('rollback', '--resume');
});

const start = (verb: string, ...flags: string[]): RunningDbctl =>
  world.start(verb, 'speedtest', '--yes', '--confirm', 'speedtest', ...flags);

/** When the step's start has just been journalled: its effect may or may not have happened. */
async function stepStarted(running: RunningDbctl, step: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end && running.running; await pause(5)) {
    if (isStarted(step)) return;
  }
  throw new Error(`${step} did not start\n${running.stderr}`);
}

/** Looks at the newest run's journal: an older one has every step done. */
function isStarted(step: string): boolean {
  const folder = join(world.state, 'dbctl/runs');
  const newest = existsSync(folder) ? readdirSync(folder).sort().at(-1) : undefined;
  const file = join(folder, newest ?? '', 'journal.json');
  if (newest === undefined || !existsSync(file)) return false;
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { steps: { id: string; state: string }[] };
  return journal.steps.some(({ id, state }) => id === step && state === 'started');
}

async function expectMoved(): Promise<void> {
  const { serverPort, database } = await world.stats();
  expect(database).toBe('speedtest');
  const shared = await world.nomad<{ Port: number }[]>('/v1/service/postgresql');
  expect(serverPort).not.toBe(shared[0]?.Port);
  await expectNothingLost(world);
}

async function expectBack(): Promise<void> {
  expect(await world.jobspecText()).toBe(before);
  const shared = await world.nomad<{ Port: number }[]>('/v1/service/postgresql');
  expect((await world.stats()).serverPort).toBe(shared[0]?.Port);
  await expectNothingLost(world);
  await expectNoOwnRole();
}

async function expectNoOwnRole(): Promise<void> {
  const names = await sharedServer(world, async (client) => {
    const found = await client.query<{ name: string }>(
      `select rolname as name from pg_roles where rolname like 'dbctl%'
       union all select datname from pg_database where datname like '%\\_\\_back\\_%'`,
    );
    return found.rows.map(({ name }) => name);
  });
  expect(names).toEqual([]);
}

const goBack = async (): Promise<void> => {
  expectOk(await world.move('rollback'));
  await expectBack();
};

describe('a dbctl that is killed while it moves a service', () => {
  const after = ['gate-in', 'dump', 'verify', 'open', 'settle'];
  it.each(after)('right after %s is finished by --resume, and nothing is lost', async (step) => {
    const running = start('migrate', '--no-rehearse');
    await running.step(step);
    await running.kill();
    expectOk(await world.move('migrate', '--no-rehearse', '--resume'));
    await expectMoved();
    await expectNoOwnRole();
    await goBack();
  });

  it.each(['stage', 'fence', 'import', 'prove'])(
    'right when %s starts is finished by --resume, and nothing is lost',
    async (step) => {
      const running = start('migrate', '--no-rehearse');
      await stepStarted(running, step);
      await running.kill();
      expectOk(await world.move('migrate', '--no-rehearse', '--resume'));
      await expectMoved();
      await goBack();
    },
  );

  it('again and again still comes to its end', async () => {
    const first = start('migrate', '--no-rehearse');
    await first.step('gate-in');
    await first.kill();
    for (const step of ['fence', 'dump', 'import', 'open']) {
      const next = start('migrate', '--no-rehearse', '--resume');
      await next.step(step);
      await next.kill();
    }
    expectOk(await world.move('migrate', '--no-rehearse', '--resume'));
    await expectMoved();
    await goBack();
  });
});

describe('a run that was left unfinished', () => {
  it('is not begun anew, not rolled back and not touched from another machine, but undone by --restart', async () => {
    const running = start('migrate', '--no-rehearse');
    await running.step('fence');
    await running.kill();
    expectRefused(await world.elsewhere().move('migrate', '--resume'), 6, 'RUN_LOCKED');
    expectRefused(await world.move('migrate', '--no-rehearse'), 3, 'RUN_UNFINISHED');
    expectRefused(await world.move('rollback'), 3, 'RUN_UNFINISHED');
    expectRefused(await world.move('finalize'), 3, 'RUN_NOT_FOUND');
    expectOk(await world.move('migrate', '--no-rehearse', '--restart'));
    await expectMoved();
    await goBack();
  });

  it('is left by Ctrl-C too: exit 130, the journal kept, --resume finishes', async () => {
    const running = start('migrate', '--no-rehearse');
    await running.step('dump');
    running.signal('SIGINT');
    expect(await running.ended, running.stderr).toBe(130);
    expect(running.stderr).toContain('stopping at the next safe point');
    expectRefused(await world.move('migrate', '--no-rehearse'), 3, 'RUN_UNFINISHED');
    expectOk(await world.move('migrate', '--no-rehearse', '--resume'));
    await expectMoved();
    await goBack();
  });
});

describe('a second dbctl', () => {
  it('is told that the service is taken, and does not disturb the first', async () => {
    const first = start('migrate', '--no-rehearse');
    await first.step('gate-in');
    const others = await Promise.all([
      world.move('migrate', '--resume'),
      world.move('rollback', '--resume'),
      world.move('finalize'),
    ]);
    for (const other of others) expectRefused(other, 6, 'RUN_LOCKED');
    expect(await first.ended, first.stderr).toBe(0);
    await expectMoved();
    await goBack();
  });
});

describe('a dbctl that is killed while it takes a service back', () => {
  it.each(['back-fence', 'back-restore', 'back-switch'])(
    'right after %s is finished by --resume, and nothing is lost',
    async (step) => {
      expectOk(await world.move('migrate', '--no-rehearse'));
      const running = start('rollback');
      await running.step(step);
      await running.kill();
      expectRefused(await world.move('migrate', '--resume'), 3, 'RUN_UNFINISHED');
      expectRefused(await world.move('rollback'), 3, 'RUN_UNFINISHED');
      expectOk(await world.move('rollback', '--resume'));
      await expectBack();
    },
  );

  it.each(['back-dump', 'back-switch'])(
    'right when %s starts is finished by --resume, and nothing is lost',
    async (step) => {
      expectOk(await world.move('migrate', '--no-rehearse'));
      const running = start('rollback');
      await stepStarted(running, step);
      await running.kill();
      const done = await world.move('rollback', '--resume');
      expect(done.code, explain(done)).toBe(0);
      await expectBack();
    },
  );
});
