import { type FenceRecord, recordFenceSql } from '../engines/postgres/fence.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { SqlTarget } from '../ports/sql.js';
import { together } from '../shared/together.js';
import type { MoveContext } from './context.js';
import { sourceSql } from './live.js';

/** Owner, rights, limits and login of every source database, journalled before the first change. Recorded once per run. */
export async function recordFence(ctx: MoveContext): Promise<readonly FenceRecord[]> {
  const known = ctx.journal.fact<FenceRecord[]>('fence');
  if (known) return known;
  const found = await fenceRecords(ctx, await sourceSql(ctx));
  const { databases, systemIdentifier } = ctx.plan.source;
  for (const [index, { name, oid }] of databases.entries()) {
    const record = found[index];
    if (record?.systemIdentifier === systemIdentifier && record.oid === oid) continue;
    throw new DbctlError('IDENTITY_MISMATCH', 'the source database is not the planned one any more', {
      where: `database ${name}`,
      value: `oid ${record?.oid ?? 'none'}`,
      next: `dbctl plan ${ctx.plan.service}`,
    });
  }
  await ctx.journal.record('fence', found);
  return found as readonly FenceRecord[];
}

/** The service's databases as they are on a server now; `undefined` for one that is not there. Changes nothing. */
export function fenceRecords(ctx: MoveContext, server: SqlTarget): Promise<(FenceRecord | undefined)[]> {
  const { databases, role } = ctx.plan.source;
  const names = databases.map(({ name }) => name);
  const read = async (database: string): Promise<FenceRecord | undefined> => {
    const script = recordFenceSql({ database, role, together: names });
    const [row] = await ctx.sql.run(server, script, { signal: ctx.signal });
    return row as FenceRecord | undefined;
  };
  return together(names.map(read));
}
