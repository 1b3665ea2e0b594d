import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATE, PLAN } from './bad-input/bad-input.js';
import { CHAPTERS } from './bad-input/cases.js';
import { everything } from './bad-input/everything.js';
import { Victim } from './bad-input/victim.js';
import { LabWorld } from './lab-world.js';

let world: LabWorld;
let victim: Victim;

beforeAll(async () => {
  world = await LabWorld.up('e2e-bad-input', { scale: 1 });
  victim = await Victim.in(world);
});

afterEach(() => victim?.restore());

afterAll(async () => {
  await victim?.down();
  await world?.down();
});

/** So that each refusal below is that of its own case. */
it('has nothing against the service before it is ruined', async () => {
  const plan = await victim.dbctl(PLAN);
  expect(plan.exit, plan.text).toBe(0);
});

describe.each(CHAPTERS)('$title', ({ cases }) => {
  it.each(cases)('$input: $code', async (bad) => {
    await bad.arrange(victim);
    const before = await everything(victim);
    const run = await victim.dbctl(bad.args ?? MIGRATE);
    const after = await everything(victim);
    const told = run.told.find(({ code }) => code === bad.code);
    expect({ exit: run.exit, codes: run.told.map(({ code }) => code) }, run.text).toEqual({
      exit: bad.exit,
      codes: expect.arrayContaining([bad.code]),
    });
    expect(told?.message, run.text).toMatch(bad.says);
    expect(told?.next, run.text).toMatch(bad.next);
    expect(after).toEqual(before);
  });
});

it('has nothing against the service after all of it', async () => {
  const plan = await victim.dbctl(PLAN);
  expect(plan.exit, plan.text).toBe(0);
});
