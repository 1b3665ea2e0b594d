import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AWKS, runAwk } from './awk.js';

const clock = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace(/[-T:]/g, ' ');

const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}:00Z`);

const MINUTE = 60_000;

describe.each(AWKS.map((awk) => [awk]))('a schedule read by %s', (awk) => {
  const ask = (schedule: string, now: number, done = ''): { due: boolean; done: string } => {
    const [due, seen = ''] = runAwk(awk, 'cron.awk', { schedule, now: clock(now), done })
      .trim()
      .split(' ');
    return { due: due === '1', done: seen };
  };
  /** Looked at last at the first moment, now at the second one; both are the wall clock's. */
  const dueBetween = (schedule: string, before: string, now: string): boolean =>
    ask(schedule, at(now), ask(schedule, at(before)).done).due;

  it.each<[string, string, string, boolean]>([
    ['30 2 * * *', '2026-11-28 02:29', '2026-11-28 02:30', true],
    ['30 2 * * *', '2026-11-28 02:30', '2026-11-28 02:31', false],
    ['30 2 * * *', '2026-11-28 02:30', '2026-11-28 02:30', false],
    // Lists, ranges, steps, names.
    ['0,30 1-3 * * *', '2026-11-28 03:29', '2026-11-28 03:30', true],
    ['0,30 1-3 * * *', '2026-11-28 03:59', '2026-11-28 04:00', false],
    ['*/20 * * * *', '2026-11-28 03:39', '2026-11-28 03:40', true],
    ['*/20 * * * *', '2026-11-28 03:40', '2026-11-28 03:59', false],
    ['10-50/20 * * * *', '2026-11-28 03:31', '2026-11-28 03:49', false],
    ['10-50/20 * * * *', '2026-11-28 03:49', '2026-11-28 03:50', true],
    ['5/20 * * * *', '2026-11-28 03:44', '2026-11-28 03:45', true],
    ['0 0 * nov sat', '2026-11-27 23:59', '2026-11-28 00:00', true],
    ['0 0 * dec *', '2026-11-27 23:59', '2026-11-28 00:00', false],
    ['0 0 * * 7', '2026-11-28 23:59', '2026-11-29 00:00', true],
    ['0 0 * * 5-7', '2026-11-28 23:59', '2026-11-29 00:00', true],
    ['0 0 * * mon-fri', '2026-11-28 23:59', '2026-11-29 00:00', false],
    // Day of month or day of week; with a star in one, only the other.
    ['0 0 13 * 6', '2026-11-27 23:59', '2026-11-28 00:00', true],
    ['0 0 13 * 6', '2026-11-12 23:59', '2026-11-13 00:00', true],
    ['0 0 13 * 6', '2026-11-13 23:59', '2026-11-14 00:00', true],
    ['0 0 13 * 6', '2026-11-14 23:59', '2026-11-15 00:00', false],
    ['0 0 13 * *', '2026-11-27 23:59', '2026-11-28 00:00', false],
    ['0 0 29 2 *', '2028-02-28 23:59', '2028-02-29 00:00', true],
    ['0 0 31 * *', '2026-11-30 00:01', '2026-12-01 00:00', false],
    // The hour that spring leaves out lies in between.
    ['30 2 * * *', '2026-03-29 01:59', '2026-03-29 03:00', true],
    // The first look is not a missed one, and slept-through days count once.
    ['30 2 * * *', '2026-11-20 12:00', '2026-11-28 01:00', true],
    ['30 2 1 1 *', '2026-01-02 00:00', '2026-12-31 00:00', false],
    ['30 2 1 1 *', '2026-01-02 00:00', '2027-01-01 02:30', true],
  ])('%s, looked at %s and %s', (schedule, before, now, due) => {
    expect(dueBetween(schedule, before, now)).toBe(due);
  });

  it('is not due at the first look', () => expect(ask('* * * * *', at('2026-11-28 02:30')).due).toBe(false));

  it('runs once in an hour that autumn has twice', () => {
    let { done } = ask('30 2 * * *', at('2026-10-25 01:50'));
    const runs = ['02:10', '02:35', '02:59', '02:00', '02:30', '02:59', '03:01'].filter((time) => {
      const answer = ask('30 2 * * *', at(`2026-10-25 ${time}`), done);
      done = answer.done;
      return answer.due;
    });
    expect(runs).toEqual(['02:35']);
  });

  it('begins anew when the clock was set back, and does not wait for it to come round again', () => {
    const ahead = ask('30 2 * * *', at('2030-01-01 00:00')).done;
    const back = ask('30 2 * * *', at('2026-11-28 02:00'), ahead);
    expect(back.due).toBe(false);
    expect(ask('30 2 * * *', at('2026-11-28 02:30'), back.done).due).toBe(true);
  });

  it.each(['61 * * * *', '* 24 * * *', '* * 0 * *', '*/0 * * * *', '* * * *', '* * * foo *'])('refuses %s', (bad) => {
    expect(() => ask(bad, at('2026-11-28 02:30'))).toThrow(/ended with 2/);
  });

  it('is what trying every minute gives', () => {
    fc.assert(
      fc.property(SCHEDULE, START, fc.integer({ min: 1, max: 3000 }), (fields, start, span) => {
        const expected = Array.from({ length: span }, (_, i) => start + (i + 1) * MINUTE).some((ms) =>
          fits(fields, ms),
        );
        const schedule = fields.map((field) => field.text).join(' ');
        expect(ask(schedule, start + span * MINUTE, ask(schedule, start).done).due).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });
});

interface Field {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

const field = (low: number, high: number): fc.Arbitrary<Field> => {
  const value = fc.integer({ min: low, max: high });
  const span = (from: number, to: number, step: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((n) => (n - from) % step === 0);
  const item = fc.oneof(
    value.map((n) => ({ text: String(n), values: [n] })),
    fc.tuple(value, value, fc.integer({ min: 1, max: 9 })).map(([a, b, step]) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      return { text: `${from}-${to}/${step}`, values: span(from, to, step) };
    }),
  );
  const list = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => ({
    text: items.map((one) => one.text).join(','),
    values: new Set(items.flatMap((one) => one.values)),
  }));
  const star = fc.constant({ text: '*', values: new Set(span(low, high, 1)) });
  return fc.oneof(star, list);
};

const SCHEDULE = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7));

const START = fc
  .integer({ min: at('2024-01-01 00:00') / MINUTE, max: at('2032-01-01 00:00') / MINUTE })
  .map((n) => n * MINUTE);

function fits([minute, hour, day, month, weekday]: readonly [Field, Field, Field, Field, Field], ms: number): boolean {
  const date = new Date(ms);
  const inMonth = day.values.has(date.getUTCDate());
  const inWeek = weekday.values.has(date.getUTCDay()) || (date.getUTCDay() === 0 && weekday.values.has(7));
  const both = day.text === '*' || weekday.text === '*';
  return (
    minute.values.has(date.getUTCMinutes()) &&
    hour.values.has(date.getUTCHours()) &&
    month.values.has(date.getUTCMonth() + 1) &&
    (both ? inMonth && inWeek : inMonth || inWeek)
  );
}
