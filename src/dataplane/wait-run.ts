import { DbctlError } from '../errors/dbctl-error.js';
import type { Allocation } from '../ports/nomad.js';
import { askTask } from './ask-task.js';
import type { DataPlane } from './detached-run.js';
import { parseRunStatus, type RunStatus } from './run-status.js';
import { ALIVE_SCRIPT } from './start-script.js';
import { type RunRef, runDir, runFile } from './task-ref.js';

const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 1_000;
const PROGRESS_MS = 1_000;
const ALIVE_CHECK_MS = 5_000;
const START_GRACE_MS = 10_000;
const LOG_LINES = 20;

export interface WaitRunOptions {
  /** Text of the run's `progress` file, at most once a second and only when it changed. */
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Waits for a detached run. Returns its status whatever its exit code. Throws TOOLBOX_FAILED when it died without a status,
 * EXEC_UNKNOWN when processes of it may still run. Repeatable: a finished run answers at once.
 */
export async function waitRun(plane: DataPlane, ref: RunRef, options: WaitRunOptions = {}): Promise<RunStatus> {
  const progress = progressReader(plane, ref, options.onProgress);
  const { clock } = plane;
  const began = clock.monotonic();
  let checked = began;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(LAST_POLL_MS, pause * 1.5)) {
    const status = await readStatus(plane, ref);
    if (status) return status;
    await progress();
    if (clock.monotonic() - checked >= ALIVE_CHECK_MS) {
      const dead = await deathOf(plane, ref, clock.monotonic() - began, options.signal);
      // The status may have been written between the two looks.
      if (dead) return (await readStatus(plane, ref)) ?? Promise.reject(dead);
      checked = clock.monotonic();
    }
    await clock.sleep(pause, options.signal);
  }
}

async function readStatus({ nomad }: DataPlane, ref: RunRef): Promise<RunStatus | undefined> {
  const text = await nomad.readFile(ref.allocId, runFile(ref, 'status'));
  return text === undefined ? undefined : parseRunStatus(text);
}

function progressReader(
  { nomad, clock }: DataPlane,
  ref: RunRef,
  onProgress?: (text: string) => void,
): () => Promise<void> {
  let next = clock.monotonic();
  let shown = '';
  return async () => {
    if (!onProgress || clock.monotonic() < next) return;
    next = clock.monotonic() + PROGRESS_MS;
    const text = (await nomad.readFile(ref.allocId, runFile(ref, 'progress')))?.trim() ?? '';
    if (text !== '' && text !== shown) onProgress(text);
    shown = text || shown;
  };
}

async function deathOf(
  plane: DataPlane,
  ref: RunRef,
  waitedMs: number,
  signal?: AbortSignal,
): Promise<DbctlError | undefined> {
  const alloc = await plane.nomad.allocation(ref.allocId);
  const verdict = allocVerdict(alloc, ref.task);
  if (verdict) return died(plane, ref, verdict.code, verdict.why);
  const pid = (await plane.nomad.readFile(ref.allocId, runFile(ref, 'pid')))?.trim();
  if (pid === undefined || !/^\d+$/.test(pid)) {
    return waitedMs < START_GRACE_MS ? undefined : died(plane, ref, 'TOOLBOX_FAILED', 'the run was never started');
  }
  const answer = await askTask(plane.nomad, ref, ALIVE_SCRIPT, [runDir(ref), pid], signal);
  if (answer === 'gone') return died(plane, ref, 'TOOLBOX_FAILED', `process ${pid} ended without a status`);
  if (answer === 'group')
    return died(plane, ref, 'EXEC_UNKNOWN', `process ${pid} is gone but a process it started still runs`);
  return undefined;
}

type Verdict = { readonly code: 'TOOLBOX_FAILED' | 'EXEC_UNKNOWN'; readonly why: string };

/** Processes end with their task; only a node out of reach leaves it open. */
function allocVerdict(alloc: Allocation | undefined, task: string): Verdict | undefined {
  if (!alloc) return { code: 'EXEC_UNKNOWN', why: 'the allocation is not known to Nomad any more' };
  if (alloc.ClientStatus === 'lost' || alloc.ClientStatus === 'unknown') {
    return { code: 'EXEC_UNKNOWN', why: `the allocation is ${alloc.ClientStatus}: its node does not answer` };
  }
  const state = alloc.TaskStates?.[task];
  if (alloc.ClientStatus === 'complete' || alloc.ClientStatus === 'failed' || state?.State === 'dead') {
    return {
      code: 'TOOLBOX_FAILED',
      why: `the task ended while the run was going on (allocation ${alloc.ClientStatus})`,
    };
  }
  return undefined;
}

async function died(plane: DataPlane, ref: RunRef, code: Verdict['code'], why: string): Promise<DbctlError> {
  return new DbctlError(code, `${ref.step} did not finish: ${why}`, {
    where: `${runDir(ref)}, task ${ref.task} of allocation ${ref.allocId.slice(0, 8)}`,
    details: await lastLogLines(plane, ref).catch(() => []),
    next: 'run again with --resume',
  });
}

/** The end of the run's log. */
export async function lastLogLines({ nomad }: Pick<DataPlane, 'nomad'>, ref: RunRef): Promise<string[]> {
  const text = (await nomad.readFile(ref.allocId, runFile(ref, 'log'))) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .slice(-LOG_LINES);
}
