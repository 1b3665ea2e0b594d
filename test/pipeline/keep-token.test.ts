import { expect, it } from 'vitest';
import { keepingToken } from '../../src/pipeline/keep-token.js';
import type { Clock } from '../../src/ports/clock.js';
import type { VaultPort } from '../../src/ports/vault.js';

type Lease = Awaited<ReturnType<VaultPort['tokenLease']>>;

/** How long it slept before each renewal; the work ends when it has seen `times` of them, or nothing happens. */
async function sleptBefore(lease: Lease | Error, times: number): Promise<number[]> {
  const slept: number[] = [];
  const enough = new AbortController();
  const clock = {
    sleep: async (ms: number, signal?: AbortSignal) => {
      slept.push(ms);
      if (slept.length > times) await new Promise<void>((done) => signal?.addEventListener('abort', () => done()));
    },
  } as unknown as Clock;
  const vault = {
    tokenLease: async () => {
      if (lease instanceof Error) throw lease;
      return lease;
    },
    renewToken: async () => {
      if (slept.length === times) enough.abort();
    },
  } as unknown as VaultPort;
  const turns = new Promise((done) => setTimeout(done, 20));
  const seen = new Promise<void>((done) => enough.signal.addEventListener('abort', () => done()));
  await keepingToken({ vault, clock }, () => Promise.race([turns, seen]));
  return slept.slice(0, times);
}

it('renews at half of what is left', async () => {
  expect(await sleptBefore({ ttlMs: 60_000, renewable: true }, 2)).toEqual([30_000, 30_000]);
});

it('does not ask all the time for a token of a second', async () => {
  expect(await sleptBefore({ ttlMs: 500, renewable: true }, 1)).toEqual([1_000]);
});

it.each<[string, Lease | Error]>([
  ['a token that never ends', { ttlMs: 0, renewable: false }],
  ['one that cannot be renewed', { ttlMs: 60_000, renewable: false }],
  ['one that may not ask', new Error('permission denied')],
])('leaves %s alone', async (_what, lease) => {
  expect(await sleptBefore(lease, 1)).toEqual([]);
});
