import { DbctlError } from '../errors/dbctl-error.js';
import type { Allocation, NomadPort } from '../ports/nomad.js';
import type { MoveContext } from './context.js';
import { fenceRecords } from './fence-record.js';
import { targetSql } from './live.js';
import { describe } from './wait-alloc.js';

const LOG_BYTES = 4_000;
const LOG_LINES = 4;

/**
 * What is wrong with the dedicated server, a line each, with its own last words; none when it answers and has every
 * database of the service. Whether all of their rows can be read only a dump tells. Changes nothing.
 */
export async function lookAtTarget(ctx: MoveContext): Promise<readonly string[]> {
  const { job: id } = ctx.plan.target;
  const job = await ctx.nomad.job(id);
  if (!job) return [`job ${id} is not registered any more`];
  if (job.Stop === true) return [`job ${id} is stopped`];
  try {
    const found = await fenceRecords(ctx, await targetSql(ctx));
    return ctx.plan.source.databases.flatMap(({ name }, index) =>
      found[index] === undefined ? [`database ${name} does not exist on the dedicated server`] : [],
    );
  } catch (error) {
    if (!(error instanceof DbctlError) || !NOT_ANSWERING.has(error.code)) throw error;
    return [error.message, ...error.details.slice(0, LOG_LINES), ...(await lastWords(ctx))];
  }
}

/** Anything else (a token, a lost connection to Nomad) says nothing of the database. */
const NOT_ANSWERING = new Set(['DATABASE_UNAVAILABLE', 'SQL_FAILED', 'EXEC_FAILED', 'DATABASE_NOT_FOUND']);

async function lastWords(ctx: MoveContext): Promise<string[]> {
  const { job, task } = ctx.plan.target;
  const newest = (await ctx.nomad.allocations(job)).sort((a, b) => b.CreateIndex - a.CreateIndex)[0];
  if (!newest) return [`job ${job} has no allocation`];
  const states = describe(newest).filter((line) => line.startsWith(`${task} `));
  return [...states, ...(await logLines(ctx.nomad, newest, task))];
}

async function logLines(nomad: NomadPort, alloc: Allocation, task: string): Promise<string[]> {
  const texts = await Promise.all(
    (['stdout', 'stderr'] as const).map((stream) => nomad.taskLog(alloc.ID, task, stream, LOG_BYTES).catch(() => '')),
  );
  const lines = texts.flatMap((text) => text.trimEnd().split('\n').slice(-LOG_LINES));
  return lines.filter((line) => line !== '').map((line) => `${task}: ${line}`);
}
