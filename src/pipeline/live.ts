import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { DatabasePart } from '../plan/types.js';
import type { Allocation } from '../ports/nomad.js';
import type { SqlTarget } from '../ports/sql.js';
import type { MoveContext } from './context.js';
import { taskState } from './wait-alloc.js';

/** What finding the dedicated server takes, whether a service was moved or provisioned. */
export interface TargetContext extends Pick<MoveContext, 'nomad' | 'signal'> {
  readonly plan: { readonly service: string; readonly target: Pick<DatabasePart, 'job' | 'toolbox' | 'port'> };
}

/** The one running allocation that has `task` running. More than one is ambiguous and refused (seed 002 took the first). */
export async function runningAlloc(ctx: Pick<MoveContext, 'nomad'>, jobId: string, task: string): Promise<Allocation> {
  const running = (await ctx.nomad.allocations(jobId)).filter((alloc) => isUsable(alloc, task));
  const [only, second] = running;
  if (only && !second) return only;
  const message = `${running.length} running allocations of task ${task}, need exactly one`;
  const value = running.map((alloc) => alloc.ID.slice(0, 8)).join(', ') || 'none';
  const options = { where: `job ${jobId}`, value, next: `nomad job status ${jobId}` };
  throw second
    ? new DbctlError('ALLOC_AMBIGUOUS', message, options)
    : new DbctlError('DATABASE_UNAVAILABLE', message, options);
}

/** A task's own state reaches the server up to a second late, the allocation's at once: so "not ended" has to do. */
const isUsable = (alloc: Allocation, task: string): boolean => {
  const state = taskState(alloc, task)?.State;
  return alloc.DesiredStatus === 'run' && alloc.ClientStatus === 'running' && state !== undefined && state !== 'dead';
};

/** The shared instance, reached over the socket inside its own task. */
export async function sourceSql(ctx: MoveContext, database = 'postgres'): Promise<SqlTarget> {
  const { job, task } = ctx.plan.source;
  return { allocId: (await runningAlloc(ctx, job, task)).ID, task, database, port: ctx.plan.source.port };
}

/** The dedicated server, reached over its socket from the toolbox. */
export async function targetSql(ctx: TargetContext, database = 'postgres'): Promise<SqlTarget> {
  return serverOf(ctx, await toolboxOf(ctx), database);
}

/** Its own socket by name: psql must never find another server's by looking around. */
export const serverOf = (ctx: TargetContext, toolbox: Toolbox, database = 'postgres'): SqlTarget => ({
  ...toolbox,
  database,
  host: '${NOMAD_ALLOC_DIR}/pg',
  port: ctx.plan.target.port,
});

export interface Toolbox {
  readonly allocId: string;
  readonly task: string;
}

export async function toolboxOf(ctx: TargetContext): Promise<Toolbox> {
  const { job, toolbox } = ctx.plan.target;
  return { allocId: (await runningAlloc(ctx, job, toolbox)).ID, task: toolbox };
}

const AGAIN_MS = 30_000;
const POLL_MS = 500;

/** For an undo: the toolbox may just be starting anew elsewhere. `undefined` when it does not come. */
export async function toolboxAgain(ctx: TargetContext & Pick<MoveContext, 'clock'>): Promise<Toolbox | undefined> {
  for (const until = ctx.clock.monotonic() + AGAIN_MS; ; await ctx.clock.sleep(POLL_MS, ctx.signal)) {
    try {
      return await toolboxOf(ctx);
    } catch (error) {
      if (!isDbctlError(error, 'DATABASE_UNAVAILABLE') && !isDbctlError(error, 'ALLOC_AMBIGUOUS')) throw error;
      if (ctx.clock.monotonic() > until) return undefined;
    }
  }
}
