import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BadInput, MIGRATE, PLAN } from './bad-input/bad-input.js';
import { CHAPTERS } from './bad-input/cases.js';
import { everything } from './bad-input/everything.js';
import { lasting, type Row, readPage, writePage } from './bad-input/page.js';
import { Victim } from './bad-input/victim.js';
import { LabWorld } from './lab-world.js';

let world: LabWorld;
let victim: Victim;
const rows: Row[] = [];

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
    expect({ exit: run.exit, codes: run.told.map(({ code }) => code) }, run.text).toEqual({
      exit: bad.exit,
      codes: expect.arrayContaining([bad.code]),
    });
    const { message = '', next = '' } = run.told.find(({ code }) => code === bad.code) ?? {};
    expect(message, run.text).toMatch(bad.says);
    expect(next, run.text).toMatch(bad.next);
    expect(without(after, bad)).toEqual(without(before, bad));
    keep(bad, message, next);
  });
});

const without = (all: Record<string, unknown>, { except = [] }: BadInput): unknown =>
  Object.fromEntries(Object.entries(all).filter(([key]) => !except.includes(key)));

function keep({ input, exit, code }: BadInput, message: string, next: string): void {
  rows.push({ input, exit, code, message: lasting(message, victim.home), next: lasting(next, victim.home) });
}

it.each([
  ['count = 1', 'count = 2'],
  ['min_healthy_time = "100ms"', 'min_healthy_time = "100ms"\n    canary = 1'],
])('takes no offence at %s made %s: the database gets a job of its own', async (from, to) => {
  await victim.job((text) => text.replace(from, to));
  const plan = await victim.dbctl(PLAN);
  expect(plan.placement, plan.text).toBe('own-job');
  const own = ['SEVERAL_ALLOCATIONS', 'PLACEMENT_IMPOSSIBLE', 'STICKY_DISK'];
  expect(plan.told.filter(({ code }) => own.includes(code))).toEqual([]);
});

it('moves a LATIN1 database there and back as it is', async () => {
  await arrangeLatin1();
  for (const verb of ['migrate', 'rollback']) {
    const flags = verb === 'migrate' ? ['--no-rehearse'] : [];
    const run = await victim.dbctl([verb, 'victim', '--yes', '--confirm', 'victim', ...flags]);
    expect(run.exit, run.text).toBe(0);
  }
  const { rows: found } = await victim.sql(
    'select encode(convert_to(text, $$LATIN1$$), $$hex$$) from words',
    'victim_latin1',
  );
  expect(found).toEqual([{ encode: 'e9e8' }]);
});

async function arrangeLatin1(): Promise<void> {
  const bad = CHAPTERS.flatMap(({ cases }) => cases).find(({ id }) => id === 'encoding-not-utf8');
  await bad?.arrange(victim);
  await victim.sql(
    "create table words (text text); insert into words values ('\u00e9\u00e8'); alter table words owner to victim",
    'victim_latin1',
  );
}

it('has nothing against the service after all of it', async () => {
  const plan = await victim.dbctl(PLAN);
  expect(plan.exit, plan.text).toBe(0);
});

it('leaves docs/bad-input.md as the run told it (UPDATE=1 writes it)', () => {
  if (process.env['UPDATE'] === '1') writePage(rows);
  const columns = (row: Row): unknown => [row.input, row.exit, row.code, row.next];
  expect(readPage().map(columns)).toEqual(rows.map(columns));
});
