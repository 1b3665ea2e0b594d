import { readResult } from '../dataplane/read-result.js';
import { lastLogLines } from '../dataplane/wait-run.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { Toolbox } from './live.js';
import { forgetJobs, type JobContext, toolboxJob } from './toolbox-job.js';
import type { EnvValue } from './toolbox-run.js';

const STEP = 'catalog';
const RUNS = 'catalog-';

/** A short program that works on a catalog: writes it anew, tells what retention would do, or notes a drill. */
export interface CatalogJob {
  readonly program: 'refresh-catalog.sh' | 'retain-plan.sh' | 'drilled.sh';
  /** What is started: on the shared instance the program runs below another one. */
  readonly script: string;
  readonly env: Readonly<Record<string, EnvValue>>;
}

/** Runs it in the toolbox; returns a reader of its results. Throws TOOLBOX_FAILED. */
export async function runCatalogJob(
  ctx: Omit<JobContext, 'progress'>,
  toolbox: Toolbox,
  run: string,
  { program, script, env }: CatalogJob,
): Promise<(name: string) => Promise<string>> {
  const quiet: JobContext = { nomad: ctx.nomad, clock: ctx.clock, signal: ctx.signal, progress: () => undefined };
  await forgetJobs(quiet, toolbox, RUNS, STEP);
  const job = { run: `${RUNS}${run}`, step: STEP, script, env: { RUN: run, ...env }, total: 0 };
  const { ref, status } = await toolboxJob(quiet, toolbox, job);
  if (status.exit === 0) return (name) => readResult(quiet, ref, status, name);
  throw new DbctlError('TOOLBOX_FAILED', `${program} ended with ${status.exit}`, {
    where: `task ${toolbox.task} of allocation ${toolbox.allocId.slice(0, 8)}`,
    details: await lastLogLines(quiet, ref),
  });
}
