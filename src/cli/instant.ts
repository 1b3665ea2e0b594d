import { InvalidArgumentError } from 'commander';

/** A time of the operator's, with its zone, so that nobody restores an hour too early. */
export function instant(text: string): string {
  const whole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (whole && Number.isFinite(Date.parse(text))) return new Date(text).toISOString();
  throw new InvalidArgumentError('expected a time with its zone, like 2026-11-28T02:00:00Z or 2026-11-28T03:00+01:00');
}
