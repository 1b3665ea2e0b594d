import type { UseCaseDeps } from './deps.js';

/** Since a monotonic time, in seconds with milliseconds. */
export const secondsSince = ({ clock }: Pick<UseCaseDeps, 'clock'>, began: number): number =>
  Math.round(clock.monotonic() - began) / 1000;
