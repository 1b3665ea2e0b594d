import { DbctlError } from '../../errors/dbctl-error.js';
import type { Seen } from '../../plan/doctor/facts.js';
import type { Unusable } from '../../plan/facts.js';

/** What could not be read is told as such; only an interrupt, and what is no error of dbctl's, goes on. */
export async function seen<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { gap: problemOf(error) };
  }
}

export function problemOf(error: unknown): Unusable {
  if (!(error instanceof DbctlError) || error.code === 'INTERRUPTED') throw error;
  const { code, message, where, value, next } = error;
  return {
    code,
    text: [message, where, value].filter((part) => part !== undefined && part !== '').join(': '),
    next: next ?? '',
  };
}

/** The value, or `null` and why not. */
export const problemOrNull = (work: Promise<unknown>): Promise<Unusable | null> =>
  work.then(
    () => null,
    (error: unknown) => problemOf(error),
  );
