import { DbctlError } from '../../errors/dbctl-error.js';
import { majorOf } from '../../plan/image.js';
import { serverOf, type Toolbox } from '../live.js';
import { RESERVE_BYTES, requireFree, requireRoomToRestore } from '../require-room.js';
import type { FoundSet } from '../restore/context.js';
import type { DrillContext } from './context.js';

/** An encrypted file lies there twice while it is opened. */
const FETCH_FACTOR = 2;

/** The live server may write to the same disk: a drill that fills it would take the service away. Throws NO_SPACE. */
export async function requireRoomToFetch(
  ctx: DrillContext,
  toolbox: Toolbox,
  folder: string,
  bytes: number,
): Promise<void> {
  const wanted = bytes * FETCH_FACTOR + RESERVE_BYTES;
  await requireFree(ctx, toolbox, folder, wanted, 'the folder of the allocation');
}

/** The throwaway server can hold what was backed up. Throws PREFLIGHT_FAILED for another major, NO_SPACE. */
export async function requireFits(ctx: DrillContext, toolbox: Toolbox, set: FoundSet): Promise<void> {
  const { target, service } = ctx.plan;
  if (majorOf(set.serverVersion) !== target.major)
    throw new DbctlError('PREFLIGHT_FAILED', "the backup is of another major than the service's server", {
      where: `backup ${set.id}`,
      value: `PostgreSQL ${majorOf(set.serverVersion)}, the server is ${target.major}`,
      next: `dbctl backup ${service}, then dbctl drill ${service}`,
    });
  const bytes = set.databases.reduce((all, { sizeBytes }) => all + sizeBytes, 0);
  const server = serverOf(ctx, toolbox);
  await requireRoomToRestore(ctx, { server, task: target.task }, bytes, 'the volume of the drill');
}
