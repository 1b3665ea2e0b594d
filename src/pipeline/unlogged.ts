import { parseEvidence } from '../engines/postgres/evidence.js';
import { type UnloggedTable, unloggedRowsSql } from '../engines/postgres/health.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { MoveContext } from './context.js';
import { stepOf } from './folders.js';
import { targetSql, toolboxOf } from './live.js';
import { oneByOne } from './one-by-one.js';
import { finishedRun } from './toolbox-run.js';

/**
 * Unlogged tables are not in the server's log: a crash after the import empties them, and the server comes up as if nothing
 * had happened. So they are counted again right before the app is let in. Throws EVIDENCE_DIFFERS.
 */
export async function requireUnlogged(ctx: MoveContext): Promise<void> {
  const details = (await oneByOne(ctx.plan.source.databases, ({ name }) => emptied(ctx, name))).flat();
  if (details.length === 0) return;
  throw new DbctlError('EVIDENCE_DIFFERS', 'rows that were imported are gone again', {
    where: `service ${ctx.plan.service}`,
    details,
    next: 'the new server crashed meanwhile: look why, then run again',
  });
}

async function emptied(ctx: MoveContext, database: string): Promise<string[]> {
  const script = unloggedRowsSql();
  const now = (await ctx.sql.run(await targetSql(ctx, database), script, { signal: ctx.signal })) as UnloggedTable[];
  if (now.length === 0) return [];
  const run = await finishedRun(ctx, await toolboxOf(ctx), stepOf('import', database));
  const { tables } = parseEvidence(await run.read('evidence.jsonl'));
  return now.flatMap(({ schema, name, rows }) => {
    const imported = tables.find((table) => table.schema === schema && table.name === name)?.rows ?? 0;
    if (imported === rows) return [];
    return `table ${schema}.${name} of ${database}: ${imported} rows were imported, ${rows} are there; it is unlogged, and a crash empties such tables`;
  });
}
