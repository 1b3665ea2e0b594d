import type { NomadTask } from '../../ports/nomad.js';
import { commandOf } from './engines.js';
import { engineOfUrl } from './told.js';
import type { Settings } from './types.js';
import { masked } from './written.js';

/** Stands for the key of an argument that has no option before it. */
const NAMELESS = 'its arguments';

/**
 * Connection strings among the arguments of a task, without their passwords: `--db postgres://…`, `--db=postgres://…`.
 * Nomad keeps arguments as they are, so nobody has to be asked; what Nomad fills in stays unknown.
 */
export const argumentUrls = (task: NomadTask): [key: string, value: string][] =>
  masked(commandOf(task))
    .split(/[\s"']+/)
    .flatMap((word, at, words): [string, string][] => {
      const [, flag = '', value = ''] = /^(?:(--?[\w.-]+)=)?(.*)$/s.exec(word) ?? [];
      if (engineOfUrl(value) === undefined) return [];
      const bare = value.replace(/(:\/\/[^/?#:@]*):[^/?#]*@/, '$1@');
      return [[flag === '' ? (words[at - 1] ?? '').replace(/^(?!-).*/s, NAMELESS) : flag, bare]];
    });

/** What a task is told by its environment and by its arguments. */
export const withArguments = (task: NomadTask, { values, unreadable }: Settings): Settings => ({
  values: new Map([...values, ...argumentUrls(task)]),
  unreadable,
});
