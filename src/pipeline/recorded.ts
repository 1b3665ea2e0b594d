import { DbctlError } from '../errors/dbctl-error.js';
import type { MoveContext } from './context.js';

/**
 * Facts of several databases are journalled as one list, so that a run has those of all or of none.
 * Throws INTERNAL when `key` was not recorded.
 */
export function recordedAll<T>(ctx: MoveContext, key: string): readonly T[] {
  const list = ctx.journal.fact<readonly T[]>(key);
  if (list) return list;
  throw new DbctlError('INTERNAL', `the journal has no ${key}`, { where: `service ${ctx.plan.service}` });
}

/** The entry of one database; throws INTERNAL when there is none. */
export function entryFor<T extends { readonly database: string }>(list: readonly T[], database: string): T {
  const found = list.find((entry) => entry.database === database);
  if (found) return found;
  throw new DbctlError('INTERNAL', 'nothing was recorded of a database', { where: `database ${database}` });
}
