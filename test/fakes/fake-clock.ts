import type { Clock } from '../../src/ports/clock.js';

export interface FakeClock extends Clock {
  /** Moves time and wakes the sleepers whose time has come, in order. */
  advance(ms: number): Promise<void>;
}

/** Time that moves only by `advance`, or, with `auto`, at once by every sleep. */
export function fakeClock(options: { auto?: boolean; start?: string } = {}): FakeClock {
  const start = Date.parse(options.start ?? '2026-11-20T21:15:30Z');
  const sleepers = new Set<{ at: number; wake: () => void }>();
  let passed = 0;
  const advance = async (ms: number): Promise<void> => {
    const end = passed + ms;
    for (;;) {
      const next = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      sleepers.delete(next);
      passed = Math.max(passed, next.at);
      next.wake();
      await new Promise(setImmediate);
    }
    passed = end;
  };
  return {
    now: () => new Date(start + passed),
    monotonic: () => passed,
    advance,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      if (options.auto) {
        await advance(ms);
        await new Promise(setImmediate);
        return signal?.throwIfAborted();
      }
      await new Promise<void>((resolve, reject) => {
        const sleeper = { at: passed + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      });
    },
  };
}
