import { afterEach, expect, it, vi } from 'vitest';
import { patiently, waitMs } from '../../src/adapters/patience.js';

afterEach(() => void vi.useRealTimers());

it.each([
  ['2', 2_000],
  ['0.5', 500],
  ['3600', 5_000],
  ['-1', 0],
  ['', 0],
  ['soon', 0],
  [undefined, 0],
  ['Sat, 21 Nov 2026 00:00:03 GMT', 3_000],
  ['Fri, 20 Nov 2026 00:00:00 GMT', 0],
])('Retry-After %j is a wait of %i ms', (header, ms) => {
  expect(waitMs(header, Date.parse('2026-11-21T00:00:00Z'))).toBe(ms);
});

it('tries again while it may work in a moment, and gives up at once otherwise', async () => {
  let calls = 0;
  const failing = async (): Promise<never> => {
    calls += 1;
    throw new Error(calls < 3 ? 'busy' : 'never');
  };
  await expect(patiently(failing, (error) => error.message === 'busy')).rejects.toThrow('never');
  expect(calls).toBe(3);
});

it('tries a second time however late it is, as after a stop of this very process, and no third time', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  let calls = 0;
  const late = async (): Promise<never> => {
    calls += 1;
    vi.advanceTimersByTime(60_000);
    throw new Error('no answer');
  };
  await expect(patiently(late, () => true)).rejects.toThrow('no answer');
  expect(calls).toBe(2);
});
