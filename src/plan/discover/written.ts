import type { NomadTask } from '../../ports/nomad.js';

/** Stands for what only shows when the task runs: a template's action, or what Nomad fills in. */
export const COMPUTED = '\uFFFC';

const ACTION = /\{\{[\s\S]*?\}\}|\$\{[^}]*\}/g;
const LINE = new RegExp(`^\\s*(${COMPUTED}\\s*)*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(.*?)\\s*$`);

export const isComputed = (text: string): boolean => text.includes(COMPUTED);

export const masked = (text: string): string => text.replaceAll(ACTION, COMPUTED);

/** Settings as the jobspec states them, with a mark for every part that is computed. */
export const writtenPairs = (task: NomadTask): Map<string, string> => {
  const lines = (task.Templates ?? [])
    .filter(({ Envvars }) => Envvars === true)
    .flatMap(({ EmbeddedTmpl }) => masked(EmbeddedTmpl ?? '').split(/\r?\n/))
    .flatMap((line): [string, string][] => {
      const match = LINE.exec(line);
      return match === null ? [] : [[match[2] ?? '', insideOf(match[3] ?? '', match[1] !== undefined)]];
    });
  const env = Object.entries(task.Env ?? {}).map(([key, value]): [string, string] => [key, masked(String(value))]);
  return new Map([...env, ...lines]);
};

/** `{{ range … }}KEY=value{{ end }}`: an action in front is closed by one behind, which is no part of the value. */
const insideOf = (text: string, opened: boolean): string => {
  const inside = opened ? text.replace(new RegExp(`(?<=[^${COMPUTED}])${COMPUTED}+$`), '') : text;
  return inside.replace(/^(["'])(.*)\1$/s, '$2');
};
