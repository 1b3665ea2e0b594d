import type { ErrorCode } from '../errors/codes.js';
import { entryOf, type Journal } from './journal.js';

/** What follows a failed step. `resume`: keep everything as it is. `rollback`: the app may have written on the target. */
export type AfterFailure = 'resume' | 'undo' | 'rollback';

const KEEP: ReadonlySet<ErrorCode> = new Set([
  'INTERRUPTED',
  'LOCK_LOST',
  'RUN_LOCKED',
  'EXEC_UNKNOWN',
  'EXEC_LOST',
  'NOMAD_OUTCOME_UNKNOWN',
  'NOMAD_UNAVAILABLE',
  'NOMAD_DENIED',
]);

/** The state of the cluster is not known, or not ours to change now: nothing is undone, the run is resumed later. */
export const isUncertain = (code: ErrorCode): boolean => KEEP.has(code);

/**
 * Undo is only safe while the app was never let in: from `open` on rows may exist on the target alone, so the way back
 * is the loss-free rollback. After `prove` the move stands and only its tail is left to finish.
 */
export function afterFailure(code: ErrorCode, journal: Journal): AfterFailure {
  if (isUncertain(code)) return 'resume';
  if (entryOf(journal, 'prove')?.state === 'done') return 'resume';
  return entryOf(journal, 'open') ? 'rollback' : 'undo';
}
