import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AWKS, runAwk } from './awk.js';

interface Line {
  readonly id: string;
  readonly counter: number;
  readonly pinned: boolean;
  readonly verified: boolean;
  readonly needed: boolean;
}

type Keep = Readonly<{ last: number; daily: number; weekly: number; monthly: number }>;

const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');

const setId = (counter: number, ms: number): string => `${String(counter).padStart(6, '0')}-${stamp(ms)}`;

const bit = (value: boolean): string => (value ? '1' : '0');

const judge = (awk: (typeof AWKS)[number], keep: Keep, lines: readonly Line[]): Map<string, string> => {
  const input = lines.map((l) => `${l.id} ${bit(l.pinned)} ${bit(l.verified)} ${bit(l.needed)}\n`).join('');
  const out = runAwk(awk, 'retain.awk', keep, input).split('\n').filter(Boolean);
  return new Map(out.map((line) => [line.split(' ')[1] ?? '', line]));
};

const STEPS = fc.array(
  fc.record({
    gap: fc.integer({ min: 1, max: 3 }),
    // A clock may stand anywhere; mostly it goes on by some hours.
    jump: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 1, max: 72 }) },
      { weight: 1, arbitrary: fc.integer({ min: -9000, max: 90_000 }) },
    ),
    pinned: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    verified: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
    needed: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 40 },
);

// Across a change of the number of digits too.
const HISTORY = fc.tuple(fc.constantFrom(0, 60, 999_980), STEPS).map(([first, steps]) => {
  let counter = first;
  let ms = Date.UTC(2026, 0, 1);
  return steps.map(({ gap, jump, ...flags }): Line => {
    counter += gap;
    ms += jump * 3_600_000;
    return { id: setId(counter, ms), counter, ...flags };
  });
});

const some = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

const KEEP = fc.record({ last: some(5), daily: some(8), weekly: some(5), monthly: some(5) });

describe.each(AWKS.map((awk) => [awk]))('what retention removes, by %s', (awk) => {
  it('is never the newest verified one, a pinned or needed one, nor one of the last', () => {
    fc.assert(
      fc.property(
        HISTORY.chain((h) => fc.tuple(fc.constant(h), fc.shuffledSubarray(h, { minLength: h.length }))),
        KEEP,
        ([history, shuffled], keep) => {
          const judged = judge(awk, keep, shuffled);
          expect([...judged.keys()]).toEqual(history.map((line) => line.id).reverse());
          const removed = history.filter((line) => judged.get(line.id)?.startsWith('remove '));
          const kept = history.filter((line) => judged.get(line.id)?.startsWith('keep '));
          expect(removed.length + kept.length).toBe(history.length);
          expect(removed.filter((line) => line.pinned || line.needed)).toEqual([]);
          const newest = history.filter((line) => line.verified).at(-1);
          if (newest) expect(removed).not.toContain(newest);
          for (const line of history.slice(-Math.max(1, keep.last))) expect(removed).not.toContain(line);
          const bound = Math.max(1, keep.last) + keep.daily + keep.weekly + keep.monthly + 1;
          expect(kept.filter((line) => !line.pinned && !line.needed).length).toBeLessThanOrEqual(bound);
        },
      ),
      { numRuns: 60 },
    );
  });

  const daily = (days: number): Line[] =>
    Array.from({ length: days }, (_, day) => ({
      id: setId(day + 1, Date.UTC(2026, 0, 1 + day, 2, 30)),
      counter: day + 1,
      pinned: false,
      verified: true,
      needed: false,
    }));
  const NONE = { last: 0, daily: 0, weekly: 0, monthly: 0 };
  // Counter 1 is 1 January 2026, a Thursday; 90 days end on Tuesday, 31 March.
  it.each<[string, Partial<Keep>, number[]]>([
    ['nothing is wanted: the newest', {}, [90]],
    ['the last three', { last: 3 }, [90, 89, 88]],
    ['three days', { daily: 3 }, [90, 89, 88]],
    ['three weeks, each by its Sunday', { weekly: 3 }, [90, 88, 81]],
    ['three months, each by its last day', { monthly: 3 }, [90, 59, 31]],
    ['all of them', { last: 1, daily: 2, weekly: 2, monthly: 2 }, [90, 89, 88, 59]],
  ])('of a daily backup: %s', (_, keep, counters) => {
    const judged = judge(awk, { ...NONE, ...keep }, daily(90));
    const kept = [...judged.values()].filter((line) => line.startsWith('keep '));
    expect(kept.map((line) => Number(line.split(' ')[1]?.slice(0, 6)))).toEqual(counters);
  });

  it('takes the day of a set from its time stamp, two of a day in one place', () => {
    const twice = daily(3).flatMap((line, i) => [
      { ...line, id: setId(2 * i + 1, Date.UTC(2026, 0, 1 + i, 2)), counter: 2 * i + 1 },
      { ...line, id: setId(2 * i + 2, Date.UTC(2026, 0, 1 + i, 14)), counter: 2 * i + 2 },
    ]);
    const kept = [...judge(awk, { ...NONE, daily: 2 }, twice).values()].filter((line) => line.startsWith('keep'));
    expect(kept.map((line) => line.slice(5, 11))).toEqual(['000006', '000004']);
  });
});
