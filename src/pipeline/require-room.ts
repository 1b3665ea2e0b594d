import { script } from '../engines/postgres/guard.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { SqlTarget } from '../ports/sql.js';
import { sqlLiteral } from '../shared/quote.js';
import type { MoveContext } from './context.js';
import { sourceSql, type Toolbox, targetSql } from './live.js';
import { inToolbox } from './toolbox-run.js';

const MIB = 1024 * 1024;

/** A restored database, its write-ahead log meanwhile, and something to live on for the others. */
const RESTORE_FACTOR = 1.5;
export const RESERVE_BYTES = 64 * MIB;

/** Free bytes that a database of that size wants where it is restored. */
export const roomToRestore = (bytes: number): number => bytes * RESTORE_FACTOR + RESERVE_BYTES;

/** Before a copy is made beside databases that others live on. Throws NO_SPACE; changes nothing. */
export async function requireRoom(ctx: MoveContext, toolbox: Toolbox): Promise<void> {
  const names = ctx.plan.source.databases.map(({ name }) => sqlLiteral(name)).join(', ');
  const size = await askNumber(
    ctx,
    await targetSql(ctx),
    `select json_build_object('value', coalesce(sum(pg_database_size(oid)), 0)::bigint) from pg_database where datname in (${names});`,
  );
  await requireFree(ctx, toolbox, '/backups', size + RESERVE_BYTES, 'the backup volume');
  const shared = await sourceSql(ctx);
  await requireRoomToRestore(ctx, { server: shared, task: shared.task }, size, `job ${ctx.plan.source.job}`);
}

/** One row `{folder}`. */
const DATA_DIRECTORY = "select json_build_object('folder', current_setting('data_directory'));";

/** On the disk of a server's data, whose own task is asked; `bytes` is the size of what comes. Throws NO_SPACE; changes nothing. */
export async function requireRoomToRestore(
  ctx: Pick<MoveContext, 'nomad' | 'signal' | 'sql'>,
  { server, task }: { readonly server: SqlTarget; readonly task: string },
  bytes: number,
  where: string,
): Promise<void> {
  const [row] = (await ctx.sql.run(server, script(DATA_DIRECTORY), { signal: ctx.signal })) as { folder: string }[];
  await requireFree(ctx, { allocId: server.allocId, task }, row?.folder ?? '.', roomToRestore(bytes), where);
}

async function askNumber(ctx: MoveContext, server: Parameters<MoveContext['sql']['run']>[0], sql: string) {
  const [row] = (await ctx.sql.run(server, script(sql), { signal: ctx.signal })) as { value: number }[];
  return row?.value ?? 0;
}

/** Throws NO_SPACE when the file system of that folder has less free than `wanted` bytes. */
export async function requireFree(
  ctx: Pick<MoveContext, 'nomad' | 'signal'>,
  task: Toolbox,
  folder: string,
  wanted: number,
  where: string,
): Promise<void> {
  const said = await inToolbox(ctx, task, 'df -Pk -- "$1" >/dev/null; echo "$(df -Pk -- "$1")"', folder);
  const free = Number(said.split('\n')[1]?.trim().split(/\s+/)[3]) * 1024;
  if (Number.isFinite(free) && free >= wanted) return;
  throw new DbctlError('NO_SPACE', 'there is not enough free space for a copy', {
    where,
    value: Number.isFinite(free) ? `${Math.floor(free / MIB)} MiB free` : (said.split('\n')[0] ?? ''),
    details: [`needed: ${Math.ceil(wanted / MIB)} MiB`],
  });
}
