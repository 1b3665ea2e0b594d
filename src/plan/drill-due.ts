import type { DrillRecord } from '../report/backup-catalog.js';
import { nextRun } from './next-run.js';

/** `next`: ISO 8601 UTC, when a drill will be due. */
export interface NotDue {
  readonly why: string;
  readonly next: string | null;
}

export interface DrillTimes {
  readonly schedule: string | null;
  readonly zone: string;
  readonly drills: readonly DrillRecord[];
  readonly now: Date;
}

/**
 * Why no drill is due by the schedule, or `null` when one is. One that could not be carried through does not count, so the
 * next look tries again. A clock that was set back makes a drill due, never late.
 */
export function notDue({ schedule, zone, drills, now }: DrillTimes): NotDue | null {
  if (schedule === null) return { why: 'drill.schedule is not set', next: null };
  const last = drills.findLast(({ status }) => status !== 'error');
  if (last === undefined || Date.parse(last.at) > now.getTime()) return null;
  const next = nextRun(schedule, zone, new Date(last.at));
  if (next === null || next <= now) return null;
  return { why: `drilled ${last.at}`, next: next.toISOString() };
}
