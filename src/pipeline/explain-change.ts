import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import { jobDifferences } from '../plan/drift.js';
import type { JobSource } from '../ports/nomad.js';
import type { MoveContext } from './context.js';

const SHOWN = 20;

/** Somebody registered the job meanwhile: what he changed, compared with the text that this run knows to have run. */
export async function jobChanged(ctx: MoveContext, known: JobSource): Promise<DbctlError> {
  const { id, modifyIndex } = ctx.plan.job;
  const running = await ctx.nomad.job(id);
  const changes = running === undefined ? [] : jobDifferences(await ctx.nomad.parseJob(known), running);
  return new DbctlError('JOB_CHANGED', 'the job was changed since the plan was made', {
    where: `job ${id}`,
    value: `index ${running?.JobModifyIndex ?? 'none'}, planned ${modifyIndex}`,
    details: changes.slice(0, SHOWN).map(({ path, file, running: now }) => `${path}: was ${file}, is ${now}`),
    next: `dbctl plan ${ctx.plan.service}`,
  });
}

/** The same for a compare-and-set that failed; any other error as it is. */
export async function explainChange(ctx: MoveContext, known: JobSource, error: unknown): Promise<never> {
  throw isDbctlError(error, 'JOB_CHANGED') ? await jobChanged(ctx, known) : error;
}
