import {
  type Difference,
  type Differences,
  describeDifference,
  differencesBetween,
  type Evidence,
} from '../../engines/postgres/evidence.js';
import { judgeTables } from '../../engines/postgres/judge-tables.js';
import type { SqlTarget } from '../../ports/sql.js';
import type { VerifiedTable, VerifyCheck } from '../../report/verify-report.js';
import { outcome } from './outcome.js';
import { type LookContext, readWrites } from './read-database.js';

/** A session tells what it wrote when it ends, or some ten seconds after it became idle. */
const COUNTED_MS = 12_000;
const POLL_MS = 1_000;

export interface Compared {
  readonly checks: readonly VerifyCheck[];
  readonly tables: readonly VerifiedTable[];
}

/** A database now against the recorded evidence of its move. `now` was read before this is called. */
export async function compareWithMove(
  ctx: LookContext,
  target: SqlTarget,
  { before, now, facts }: { before: Evidence; now: Evidence; facts: readonly Difference[] },
): Promise<Compared> {
  const { database } = target;
  const tables = await judged(ctx, target, before, now);
  const found = differencesBetween(before, now, { sequences: 'at-least' });
  return {
    tables,
    checks: [
      content(database, tables),
      sequences(database, before, found),
      largeObjects(database, before, found),
      catalog(database, now, found),
      outcome('settings', database, 'rights, settings and roles as recorded', facts.map(describeDifference)),
    ],
  };
}

/** Looked at again for as long as a write may still be uncounted. */
async function judged(ctx: LookContext, target: SqlTarget, before: Evidence, now: Evidence): Promise<VerifiedTable[]> {
  const until = ctx.clock.monotonic() + COUNTED_MS;
  for (;;) {
    const tables = judgeTables(before, now, await readWrites(ctx, target));
    const open = tables.some(({ status, rowsNow }) => status === 'differs' && rowsNow !== null);
    if (!open || ctx.clock.monotonic() > until) return tables;
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}

function content(database: string, tables: readonly VerifiedTable[]): VerifyCheck {
  const count = (status: VerifiedTable['status']): number => tables.filter((table) => table.status === status).length;
  const parts = [
    `${count('equal')} of ${tables.length} tables equal`,
    ...(count('written') > 0 ? [`${count('written')} written since`] : []),
    ...(count('unproven') > 0 ? [`${count('unproven')} changed, by whom is not known`] : []),
  ];
  const lines = tables
    .filter(({ status }) => status === 'differs')
    .map(
      ({ table, rowsThen, rowsNow, why }) => `table ${table}: ${rowsThen} rows then, ${rowsNow ?? 'none'} now; ${why}`,
    );
  return outcome('content', database, parts.join(', '), lines);
}

const sequences = (database: string, before: Evidence, found: Differences): VerifyCheck =>
  outcome(
    'sequences',
    database,
    `${before.sequences.length} sequences${found.sequences.length === 0 ? ', none behind' : ''}`,
    found.sequences.map(describeDifference),
  );

const largeObjects = (database: string, before: Evidence, found: Differences): VerifyCheck =>
  outcome(
    'large-objects',
    database,
    `${before.largeObjects.count} large objects${found.largeObjects.length === 0 ? ' equal' : ''}`,
    found.largeObjects.map(describeDifference),
  );

const catalog = (database: string, now: Evidence, found: Differences): VerifyCheck =>
  outcome(
    'catalog',
    database,
    `${now.catalog.length} definitions, ${found.catalog.length || 'no'} differences`,
    found.catalog.map(describeDifference),
  );
