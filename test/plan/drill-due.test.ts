import { expect, it } from 'vitest';
import { notDue } from '../../src/plan/drill-due.js';

const SUNDAYS = '0 4 * * 0';
const times = (drills: { at: string; status: string }[], now: string, schedule: string | null = SUNDAYS) =>
  notDue({ schedule, zone: 'Europe/Berlin', drills, now: new Date(now) });
/** A Sunday; 04:00 in Berlin is 03:00 UTC. */
const DONE = { at: '2026-11-22T03:10:00Z', status: 'ok' };

it('waits for the next time of the schedule, in its zone', () => {
  expect(times([DONE], '2026-11-29T02:59:59Z')).toEqual({
    why: 'drilled 2026-11-22T03:10:00Z',
    next: '2026-11-29T03:00:00.000Z',
  });
  expect(times([DONE], '2026-11-29T03:00:00Z')).toBeNull();
});

it('is due at once where there was none, and makes up for one that was missed', () => {
  expect(times([], '2026-11-25T12:00:00Z')).toBeNull();
  expect(times([{ ...DONE, at: '2026-11-08T03:10:00Z' }], '2026-11-25T12:00:00Z')).toBeNull();
});

it('counts what was found to be bad, and does not count what could not be carried through', () => {
  const after = '2026-11-23T12:00:00Z';
  expect(times([{ ...DONE, status: 'failed' }], after)).not.toBeNull();
  expect(
    times(
      [
        { ...DONE, at: '2026-11-15T03:10:00Z' },
        { ...DONE, status: 'error' },
      ],
      after,
    ),
  ).toBeNull();
});

it('is due, not late, when the clock was set back', () => {
  expect(times([DONE], '2026-11-20T12:00:00Z')).toBeNull();
});

it('never is without a schedule', () => {
  expect(times([], '2026-11-25T12:00:00Z', null)).toEqual({ why: 'drill.schedule is not set', next: null });
});
