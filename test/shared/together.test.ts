import { describe, expect, it } from 'vitest';
import { together } from '../../src/shared/together.js';

const later = (ms: number, act: () => void): Promise<void> =>
  new Promise((resolve) => setTimeout(() => resolve(act()), ms));

describe('together', () => {
  it('gives the results in the order of the work', async () => {
    expect(await together([Promise.resolve(1), later(5, () => undefined), Promise.resolve('x')])).toEqual([
      1,
      undefined,
      'x',
    ]);
  });

  it('waits for every branch before it tells of the one that failed', async () => {
    let ended = false;
    const work = together([
      Promise.reject(new Error('first')),
      later(20, () => {
        ended = true;
      }),
    ]);
    await expect(work).rejects.toThrow('first');
    expect(ended).toBe(true);
  });
});
