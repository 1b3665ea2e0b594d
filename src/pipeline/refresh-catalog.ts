import { lastLogLines } from '../dataplane/wait-run.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { Toolbox } from './live.js';
import { forgetJobs, type JobContext, toolboxJob } from './toolbox-job.js';
import type { EnvValue } from './toolbox-run.js';

const STEP = 'catalog';
const RUNS = 'catalog-';

/** Has the toolbox write its catalog anew. Throws TOOLBOX_FAILED. */
export async function refreshCatalog(
  ctx: Omit<JobContext, 'progress'>,
  toolbox: Toolbox,
  { run, env }: { readonly run: string; readonly env: Readonly<Record<string, EnvValue>> },
): Promise<void> {
  const quiet: JobContext = { nomad: ctx.nomad, clock: ctx.clock, signal: ctx.signal, progress: () => undefined };
  await forgetJobs(quiet, toolbox, RUNS, STEP);
  const job = { run: `${RUNS}${run}`, step: STEP, script: 'catalog.sh', env: { RUN: run, ...env }, total: 0 };
  const { ref, status } = await toolboxJob(quiet, toolbox, job);
  if (status.exit === 0) return;
  throw new DbctlError('TOOLBOX_FAILED', `the catalog could not be written anew: exit code ${status.exit}`, {
    where: `task ${toolbox.task} of allocation ${toolbox.allocId.slice(0, 8)}`,
    details: await lastLogLines(quiet, ref),
  });
}
