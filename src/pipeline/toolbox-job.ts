import { startRun } from '../dataplane/detached-run.js';
import type { RunStatus } from '../dataplane/run-status.js';
import type { RunRef } from '../dataplane/task-ref.js';
import { waitRun } from '../dataplane/wait-run.js';
import type { MoveContext } from './context.js';
import type { Toolbox } from './live.js';
import { type EnvValue, inToolbox, showProgress, stepFiles } from './toolbox-run.js';

export type JobContext = Pick<MoveContext, 'nomad' | 'clock' | 'signal' | 'progress'>;

export interface ToolboxJob {
  /** Names the folder of its files; every call with another one is another run. */
  readonly run: string;
  readonly step: string;
  /** A file of templates/toolbox. */
  readonly script: string;
  readonly env: Readonly<Record<string, EnvValue>>;
  /** Bytes expected, for the progress line; 0 = not known. */
  readonly total: number;
}

export interface EndedJob {
  readonly ref: RunRef;
  readonly status: RunStatus;
}

/**
 * A script in the toolbox that belongs to no journal: detached like `toolboxRun`, so it goes on when dbctl stops waiting.
 * Returns its status whatever the exit code. Throws as `startRun` and `waitRun` do.
 */
export async function toolboxJob(ctx: JobContext, toolbox: Toolbox, job: ToolboxJob): Promise<EndedJob> {
  const ref = { ...toolbox, run: job.run, step: job.step };
  await startRun(ctx, ref, stepFiles(job.script, job.env), ctx.signal);
  const onProgress = (text: string): void => showProgress(ctx, text, job.total);
  return { ref, status: await waitRun(ctx, ref, { onProgress, signal: ctx.signal }) };
}

/** Folders of such runs that are kept for a look at their logs. */
const KEPT = 5;

/** By name, which ends with a time: the newest stay, and whatever has not ended. $1 beginning of the names, $2 step, $3 how many. */
const FORGET = `export LC_ALL=C
cd "$NOMAD_ALLOC_DIR/dbctl"
left=0
for dir in "$1"*; do
  if [ -f "$dir/$2/status" ]; then left=$((left + 1)); fi
done
for dir in "$1"*; do
  [ "$left" -gt "$3" ] || break
  if [ -f "$dir/$2/status" ]; then
    rm -rf -- "$dir"
    left=$((left - 1))
  fi
done`;

/** Removes the folders of all but the newest runs of that step whose names begin so. Repeatable. */
export async function forgetJobs(ctx: JobContext, toolbox: Toolbox, beginning: string, step: string): Promise<void> {
  await inToolbox(ctx, toolbox, FORGET, beginning, step, String(KEPT));
}
