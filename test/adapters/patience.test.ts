import { expect, it } from 'vitest';
import { patiently, waitMs } from '../../src/adapters/patience.js';

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
