import { Cron } from 'croner';

/**
 * When a five-field schedule comes next after `after`, in its zone: an IANA name, or UTC. `null` when it never does, or when
 * the two are none: they may have been written by another version.
 */
export function nextRun(schedule: string, zone: string, after: Date): Date | null {
  try {
    return new Cron(schedule, { timezone: zone, mode: '5-part', paused: true }).nextRun(after);
  } catch {
    return null;
  }
}
