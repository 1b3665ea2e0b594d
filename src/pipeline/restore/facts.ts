import type { CarriedFacts } from '../../engines/postgres/roles.js';
import type { Aside, SwapPair } from '../../engines/postgres/swap.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { entryFor } from '../recorded.js';
import type { FoundSet, RestoreContext } from './context.js';

/** A live database as it was before anything was changed; `oid` null when the name is free. */
export interface LiveDatabase {
  readonly database: string;
  readonly oid: number | null;
  readonly sizeBytes: number;
  /** Roles apart: those stay on the server. */
  readonly facts: Omit<CarriedFacts, 'roles'> | null;
}

export interface Live {
  readonly systemIdentifier: string;
  readonly databases: readonly LiveDatabase[];
}

/** The database that the backup is restored into. */
export interface Made extends Aside {
  readonly database: string;
}

/** What a restore leaves beside the live databases until somebody says that it may go. */
export interface Kept {
  readonly systemIdentifier: string;
  readonly databases: readonly (Aside & { readonly database: string })[];
}

/** A recorded value of this restore. Throws INTERNAL when it was never recorded. */
function recorded<T>(ctx: RestoreContext, key: string): T {
  const value = ctx.journal.fact<T>(key);
  if (value !== undefined) return value;
  throw new DbctlError('INTERNAL', `the journal has no ${key}`, { where: `restore of ${ctx.plan.service}` });
}

export const foundSet = (ctx: RestoreContext): FoundSet => recorded(ctx, 'set');
export const liveBefore = (ctx: RestoreContext): Live => recorded(ctx, 'live');
export const madeDatabases = (ctx: RestoreContext): readonly Made[] => recorded(ctx, 'made');

/** What changes hands, each with the facts of its live database. */
export const swapPairs = (live: Live, made: readonly Made[], nameBefore: (database: string) => string): SwapPair[] =>
  made.map(({ database, oid, name }) => {
    const before = entryFor(live.databases, database);
    return {
      database,
      leaves: before.oid === null ? null : { oid: before.oid, name: nameBefore(database) },
      enters: { oid, name },
      connLimit: before.facts?.connLimit ?? -1,
      comment: before.facts?.comment ?? null,
    };
  });
