import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';

const RETRIES = 5;
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 2_000;
/** After that only what has been tried once is tried again: a server that hangs is given up before an operator would. */
const MAX_TOTAL_MS = 20_000;
const LONGEST_RETRY_AFTER_MS = 5_000;

/**
 * Tries again with growing pauses while `transient` says that nothing was done and that it may work in a moment. The second
 * try is made however late it is: the time may have passed because this process was stopped or the machine slept, and then
 * the first one failed by its own deadline while the server has been well.
 */
export const patiently = <T>(
  call: () => Promise<T>,
  transient: (error: Error) => boolean,
  signal?: AbortSignal,
): Promise<T> => {
  const started = performance.now();
  const inTime = (attempt: number): boolean => attempt === 1 || performance.now() - started < MAX_TOTAL_MS;
  return pRetry(call, {
    retries: RETRIES,
    minTimeout: FIRST_PAUSE_MS,
    maxTimeout: LAST_PAUSE_MS,
    shouldRetry: ({ error, attemptNumber }) => inTime(attemptNumber) && transient(error),
    ...(signal ? { signal } : {}),
  });
};

/** Waits as long as an overloaded server asks for, in seconds or until a date, but never long. */
export async function asAsked(retryAfter: unknown, signal?: AbortSignal): Promise<void> {
  const ms = waitMs(retryAfter, Date.now());
  if (ms > 0) await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/** 0 when the header is absent or cannot be read. */
export function waitMs(retryAfter: unknown, now: number): number {
  if (typeof retryAfter !== 'string' || retryAfter.trim() === '') return 0;
  const seconds = Number(retryAfter);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(retryAfter) - now;
  return Number.isFinite(ms) ? Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ms)) : 0;
}

/** Ends a request whatever the other side does: a time limit between two bytes alone lets one that trickles go on for ever. */
export const withinMs = (ms: number, signal?: AbortSignal): AbortSignal =>
  signal ? AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(ms))]) : AbortSignal.timeout(Math.ceil(ms));
