import type { AskedKey } from '../../plan/discover/looks.js';
import type { Settings, Spot, TaskPlace } from '../../plan/discover/types.js';
import { writtenPairs } from '../../plan/discover/written.js';
import type { AllocsPort, NomadTask } from '../../ports/nomad.js';
import { valuesOf } from '../facts/app-environment.js';
import { PRINT_KEYS } from '../facts/ask-scripts.js';
import { askTask, type TaskAnswer } from '../facts/ask-task.js';
import { reasonOf } from './gaps.js';

export interface AskDeps {
  readonly nomad: Pick<AllocsPort, 'exec'>;
  readonly signal: AbortSignal;
}

export const spotOf = (spots: readonly Spot[], { job, group }: TaskPlace): Spot | undefined =>
  spots.find((spot) => spot.job === job && spot.group === group);

/** A task that cannot be asked, whatever the reason, is an answer in words. */
export async function answerOf(
  { nomad, signal }: AskDeps,
  spot: Spot | undefined,
  task: string,
  script: string,
  args: readonly string[],
): Promise<TaskAnswer> {
  if (spot === undefined) return { unreadable: 'the task does not run' };
  try {
    return await askTask(nomad, { allocId: spot.allocId, task, script, args }, signal);
  } catch (error) {
    return { unreadable: reasonOf(error) };
  }
}

/** The live values of the keys; where the task cannot be asked, what its jobspec states. */
export async function askKeys(
  deps: AskDeps,
  spot: Spot | undefined,
  task: NomadTask,
  keys: readonly AskedKey[],
): Promise<Settings> {
  if (keys.length === 0) return { values: new Map(), unreadable: spot === undefined ? 'the task does not run' : null };
  const args = keys.map(({ key, kind }) => `${kind}:${key}`);
  const answer = await answerOf(deps, spot, task.Name, PRINT_KEYS, args);
  const names = keys.map(({ key }) => key);
  return 'unreadable' in answer
    ? { values: written(task, keys), unreadable: answer.unreadable }
    : { values: valuesOf(answer.lines, names), unreadable: null };
}

/** A file's path is not what is in it. */
const written = (task: NomadTask, keys: readonly AskedKey[]): Map<string, string> => {
  const pairs = writtenPairs(task);
  return new Map(
    keys.flatMap(({ key, kind }): [string, string][] => {
      const value = pairs.get(key);
      return value === undefined || kind.endsWith('file') ? [] : [[key, value]];
    }),
  );
};
