import { afterAll, beforeAll, expect } from 'vitest';
import { expectNothingLost } from '../e2e/expectations.js';
import { LabWorld } from '../e2e/lab-world.js';
import { type Chain, chain, endedWell, explained, type Kills, type Verb } from './crash/chain.js';
import { draws } from './crash/draw.js';
import { type EndState, endState } from './crash/end-state.js';
import { Killer } from './crash/killer.js';
import { drawn } from './crash/kills.js';
import { fault } from './fault.js';

const SERVICE = 'speedtest';
const SEED = Number(process.env['DBCTL_SEED'] ?? Date.now() % 1_000_000);

const verb = (name: string, ...flags: string[]): Verb => ({
  begin: [name, SERVICE, ...flags],
  resume: [name, SERVICE, ...flags, '--resume'],
  ends: 'ok',
});
const MIGRATE = verb('migrate', '--no-rehearse');
const ROLLBACK = verb('rollback');

let world: LabWorld;
let killer: Killer;
let draw: () => number;
const ends = new Map<Verb, EndState>();

beforeAll(async () => {
  world = await LabWorld.up('fault-crash', { scale: 1 });
  killer = await Killer.before(world);
  draw = draws(SEED);
  process.stdout.write(`crash: DBCTL_SEED=${SEED}\n`);
});

afterAll(async () => {
  await killer?.close();
  await world?.down();
});

/** What an undisturbed run ends with. */
async function undisturbed(verb: Verb): Promise<EndState> {
  const known = ends.get(verb);
  if (known) return known;
  const done = await killer.run(verb.begin);
  expect(endedWell(verb, done), explained(done)).toBe(true);
  const state = await endState(world, SERVICE);
  ends.set(verb, state);
  return state;
}

async function expectSameEnd(verb: Verb, { outcomes, last }: Chain): Promise<void> {
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
  expect(endedWell(verb, last), explained(last)).toBe(true);
  await expectNothingLost(world);
  expect(await endState(world, SERVICE)).toEqual(ends.get(verb));
  const again = await killer.run(verb.begin);
  expect({ code: again.code, status: again.report.status }, explained(again)).toEqual({
    code: 0,
    status: 'nothing-to-do',
  });
  expect(await endState(world, SERVICE)).toEqual(ends.get(verb));
}

const told = ({ outcomes }: Chain): string => {
  const slowest = Math.max(...outcomes.map(({ seconds }) => seconds));
  return `killed ${outcomes.length} times and resumed, every second time from another machine, at most ${slowest.toFixed(1)} s each; the end equals an undisturbed run; once more: nothing to do`;
};

const killed = (verb: Verb, kills: Kills): Promise<Chain> => chain(killer, verb, kills);

fault(13, `kill -9 once in every step of a migrate, then of a rollback (seed ${SEED})`, async () => {
  await undisturbed(MIGRATE);
  await undisturbed(ROLLBACK);
  const there = await killed(MIGRATE, drawn(draw));
  await expectSameEnd(MIGRATE, there);
  const back = await killed(ROLLBACK, drawn(draw));
  await expectSameEnd(ROLLBACK, back);
  return told({ ...back, outcomes: [...there.outcomes, ...back.outcomes] });
});
