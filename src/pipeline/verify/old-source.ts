import { allowConnectionsSql, type TombstoneState, tombstoneStateSql } from '../../engines/postgres/closed-state.js';
import { describeDifferences, differencesBetween, digestOf, type Evidence } from '../../engines/postgres/evidence.js';
import type { Tombstone } from '../../engines/postgres/tombstone.js';
import type { VerifyCheck } from '../../report/verify-report.js';
import type { MoveContext } from '../context.js';
import { sourceSql } from '../live.js';
import { outcome } from './outcome.js';
import { readEvidence } from './read-database.js';

export interface RecordedSource {
  /** Digest of the move, from the journal. */
  readonly digest: string;
  /** `undefined` when it could not be read: then a difference is found, but not named. */
  readonly evidence: Evidence | undefined;
}

/**
 * The closed source against the evidence of the move. Nobody can read a closed database: it is opened to superusers (its
 * connection limit stays 0) for as long as the reading takes, so the caller holds the lock of the service.
 */
export async function checkOldSource(
  ctx: MoveContext,
  tombstone: Tombstone,
  recorded: RecordedSource,
): Promise<VerifyCheck> {
  const { tombstone: name, database } = tombstone;
  const shared = await sourceSql(ctx);
  const [state] = (await ctx.sql.run(shared, tombstoneStateSql(tombstone), { signal: ctx.signal })) as TombstoneState[];
  if (!state) return outcome('old-source', database, name, [`${name} is not there under its recorded oid`]);
  const open = state.closed && state.sessions === 0 ? [] : [`${name} is not closed (${state.sessions} sessions)`];
  const now = await readClosed(ctx, tombstone);
  const same = digestOf(now) === recorded.digest;
  const changed = same ? [] : changes(recorded.evidence, now);
  const summary = `${name} on job ${ctx.plan.source.job}${same ? ' is still what was moved' : ''}`;
  return outcome('old-source', database, summary, [...open, ...changed]);
}

async function readClosed(ctx: MoveContext, tombstone: Tombstone): Promise<Evidence> {
  const shared = await sourceSql(ctx);
  await ctx.sql.run(shared, allowConnectionsSql(tombstone, true), { signal: ctx.signal });
  try {
    return await readEvidence(ctx, { ...shared, database: tombstone.tombstone });
  } finally {
    await ctx.sql.run(shared, allowConnectionsSql(tombstone, false));
  }
}

function changes(then: Evidence | undefined, now: Evidence): string[] {
  const named = then ? describeDifferences(differencesBetween(then, now, { sequences: 'equal' })) : [];
  return named.length > 0 ? named : ['it is not what was moved: its digest is another'];
}
