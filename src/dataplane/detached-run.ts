import { DbctlError } from '../errors/dbctl-error.js';
import type { Clock } from '../ports/clock.js';
import type { AllocsPort } from '../ports/nomad.js';
import { askTask } from './ask-task.js';
import { type PutFile, putFiles, safeFolder } from './put-files.js';
import { START_SCRIPT } from './start-script.js';
import { type RunRef, runDir } from './task-ref.js';

export interface DataPlane {
  readonly nomad: Pick<AllocsPort, 'exec' | 'readFile' | 'listFiles' | 'allocation'>;
  readonly clock: Clock;
}

const LOOK_AGAIN_MS = 3_000;
/** Of a start whose answer was lost. */
const TRIES = 3;

/**
 * Starts a detached run in the toolbox, or finds the one that was started before (same run and step): then its files are left
 * alone. `files` must hold `run.sh`. The process outlives this connection and dbctl itself.
 * Throws EXEC_UNKNOWN when it cannot be told whether the run was started; calling again is safe.
 */
export async function startRun(
  { nomad, clock }: DataPlane,
  ref: RunRef,
  files: readonly PutFile[],
  signal?: AbortSignal,
): Promise<'started' | 'attached'> {
  const dir = safeFolder(runDir(ref));
  if (await wasStarted(nomad, ref)) return 'attached';
  await putFiles(nomad, { ...ref, root: 'alloc', dir, files, ...(signal ? { signal } : {}) });
  const answer = await askToStart({ nomad, clock }, ref, dir, signal);
  if (answer === 'started' || answer === 'attached') return answer;
  throw new DbctlError('EXEC_FAILED', 'the run could not be started in the task', { where: dir, value: answer });
}

/** The harness begins by making a folder, which one of two can do: asking again after a lost answer starts nothing twice. */
async function askToStart(plane: DataPlane, ref: RunRef, dir: string, signal?: AbortSignal): Promise<string> {
  for (let left = TRIES; left > 0; left--) {
    signal?.throwIfAborted();
    const answer = await askTask(plane.nomad, ref, START_SCRIPT, [dir], signal);
    if (answer !== undefined) return answer;
    if (await appearsLater(plane, ref, signal)) return 'started';
  }
  throw new DbctlError('EXEC_UNKNOWN', 'the connection was lost while a run was started', { where: dir });
}

async function wasStarted(nomad: DataPlane['nomad'], ref: RunRef): Promise<boolean> {
  const names = (await nomad.listFiles(ref.allocId, `alloc/${runDir(ref)}`)).map((file) => file.Name);
  return ['lock', 'pid', 'status'].some((name) => names.includes(name));
}

async function appearsLater({ nomad, clock }: DataPlane, ref: RunRef, signal?: AbortSignal): Promise<boolean> {
  for (const deadline = clock.monotonic() + LOOK_AGAIN_MS; clock.monotonic() < deadline; ) {
    if (await wasStarted(nomad, ref)) return true;
    await clock.sleep(250, signal);
  }
  return false;
}
