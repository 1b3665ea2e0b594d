import { DbctlError } from '../errors/dbctl-error.js';
import type { MoveContext } from './context.js';
import { retireTarget } from './retire-target.js';
import { isTerminal } from './wait-alloc.js';

const GONE_MS = 60_000;
const POLL_MS = 200;

type DatabaseText = NonNullable<MoveContext['artifacts']['database']>;

export function databaseText(ctx: MoveContext): DatabaseText {
  const { database } = ctx.artifacts;
  if (database) return database;
  throw new DbctlError('INTERNAL', 'no jobspec was rendered for a database of its own', { where: ctx.plan.service });
}

/**
 * Registers the database's own job. A job of that name is only taken for this run's when it runs from the very text that
 * this run rendered. Throws JOB_CHANGED for any other. Returns the evaluation, `undefined` when it is there already.
 */
export async function registerDatabase(ctx: MoveContext): Promise<string | undefined> {
  const { source } = databaseText(ctx);
  const { job: id } = ctx.plan.target;
  const running = await ctx.nomad.job(id);
  const begun = ctx.journal.fact('database.at') !== undefined;
  if (running && begun && (await isOurs(ctx))) return undefined;
  await ctx.journal.record('database.at', ctx.clock.now().toISOString());
  const job = await ctx.nomad.parseJob(source);
  return (await ctx.nomad.registerJob(job, { enforceIndex: 0, submission: source })).evalId;
}

async function isOurs(ctx: MoveContext): Promise<boolean> {
  const running = await ctx.nomad.job(ctx.plan.target.job);
  if (!running || running.Stop === true) return false;
  const submission = await ctx.nomad.submission(running.ID, running.Version ?? 0);
  return submission?.Source === databaseText(ctx).source.Source;
}

/** Takes the database's job away; its data is put aside first, not deleted. Absent is success. */
export async function removeDatabase(ctx: MoveContext): Promise<void> {
  const { job: id } = ctx.plan.target;
  if (ctx.journal.fact('database.at') === undefined || !(await ctx.nomad.job(id))) return;
  // Best effort: a server that never came up has nothing to put aside, and a volume of this run is deleted anyway.
  await retireTarget(ctx).catch(() => ctx.note('the new data volume could not be marked as retired'));
  await purgeDatabase(ctx);
}

/** Ends when no allocation holds the data volume any more. */
export async function purgeDatabase(ctx: MoveContext): Promise<void> {
  const { job: id } = ctx.plan.target;
  await ctx.nomad.purgeJob(id);
  const until = ctx.clock.monotonic() + GONE_MS;
  while ((await ctx.nomad.allocations(id)).some((alloc) => !isTerminal(alloc))) {
    if (ctx.clock.monotonic() > until)
      throw new DbctlError('NOMAD_ALLOC_FAILED', 'the database did not stop', { where: `job ${id}` });
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}
