import { type FenceRecord, recordFenceSql } from '../engines/postgres/fence.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { mainDatabase } from '../plan/main-database.js';
import type { MoveContext } from './context.js';
import { sourceSql } from './live.js';

/** Owner, rights, limits and login as they are, journalled before the first change. Recorded once per run. */
export async function recordFence(ctx: MoveContext): Promise<FenceRecord> {
  const known = ctx.journal.fact<FenceRecord>('fence');
  if (known) return known;
  const { role, systemIdentifier } = ctx.plan.source;
  const { name: database, oid } = mainDatabase(ctx.plan.source);
  const [row] = await ctx.sql.run(await sourceSql(ctx), recordFenceSql({ database, role }), { signal: ctx.signal });
  const found = row as FenceRecord | undefined;
  if (!found || found.systemIdentifier !== systemIdentifier || found.oid !== oid) {
    throw new DbctlError('IDENTITY_MISMATCH', 'the source database is not the planned one any more', {
      where: `database ${database}`,
      value: `oid ${found?.oid ?? 'none'}`,
      next: `dbctl plan ${ctx.plan.service}`,
    });
  }
  await ctx.journal.record('fence', found);
  return found;
}
