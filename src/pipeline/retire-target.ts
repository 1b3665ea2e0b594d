import { type MarkerState, markSql } from '../engines/postgres/target.js';
import { together } from '../shared/together.js';
import type { MoveContext } from './context.js';
import { type TargetContext, type Toolbox, targetSql, toolboxOf } from './live.js';
import { inToolbox } from './toolbox-run.js';

/** The one line that the entry script of the database task obeys; replaced as a whole. */
export const writeState = async (ctx: TargetContext, line: string): Promise<void> =>
  writeStateBy(ctx, await toolboxOf(ctx), line);

/** The same through another toolbox that has the backup volume. */
export async function writeStateBy(ctx: TargetContext, toolbox: Toolbox, line: string): Promise<void> {
  const file = `/backups/${ctx.plan.service}/state`;
  await inToolbox(
    ctx,
    toolbox,
    'printf "%s\\n" "$2" >"$1.tmp"; sync "$1.tmp" 2>/dev/null || sync; mv "$1.tmp" "$1"',
    file,
    line,
  );
}

/** The same mark for every database, in one script. */
export const markAllSql = ({ plan: { service, source }, run }: MoveContext, state: MarkerState): string =>
  source.databases.map(({ name }) => markSql({ service, database: name, run, state })).join('\n');

/**
 * The data volume outlives a way back and an undo. Two signs keep it from ever being taken for live data by a later move,
 * and both stand before the job changes: the state file has it put aside, and the marker keeps the gate shut.
 */
export async function retireTarget(ctx: MoveContext): Promise<void> {
  const closed = markAllSql(ctx, 'closed');
  // Found first: were it awaited inside the list, its failure would leave the other effect with nobody to hear of its own.
  const target = await targetSql(ctx);
  await together([writeState(ctx, `retired ${ctx.run}`), ctx.sql.run(target, closed, { signal: ctx.signal })]);
}
