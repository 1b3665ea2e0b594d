import { type HclBlock, type HclFile, lineOf } from '../splice/hcl-file.js';
import { type SettingPlace, type TaskSettings, taskSettings } from '../splice/setting-places.js';
import { type Resolve, resolver } from './resolve-text.js';
import { type Origin, originsOf } from './value-origin.js';

/** A setting of a task as it stands in the file, and what it reads as. */
export interface SeenSetting {
  readonly place: SettingPlace['place'];
  readonly key: string;
  /** 1-based. */
  readonly line: number;
  /** Without quotes, with the file's own variables filled in; may hold a secret. */
  readonly text: string;
  /** Openings of the blocks that it stands in. */
  readonly around: readonly string[];
  readonly origins: readonly Origin[];
  readonly at: SettingPlace;
  /** Absolute end of the right side, also where a block that was opened before ends inside of it. */
  readonly end: number;
}

export interface SeenTask {
  readonly settings: readonly SeenSetting[];
  readonly raw: TaskSettings;
}

/** Every setting of a task's environment and of the config files that its templates make. */
export function seenSettings(file: HclFile, task: HclBlock): SeenTask {
  const read = resolver(file);
  const raw = taskSettings(file.source, task);
  return { raw, settings: raw.places.map((place) => seen(file, place, read)) };
}

function seen({ source }: HclFile, at: SettingPlace, read: Resolve): SeenSetting {
  const span = { start: at.value.start, end: endOf(at) };
  const written = source.slice(span.start, span.end);
  const around = at.place === 'env' ? [] : openings(at);
  const resolved = at.place === 'env' ? read(at.value) : read({ ...span, heredoc: span });
  return {
    ...{ place: at.place, key: at.key, line: lineOf(source, span.start), text: unquoted(resolved?.text ?? written) },
    ...{ around, origins: originsOf(written, around), at, end: span.end },
  };
}

function endOf(at: SettingPlace): number {
  if (at.place === 'env') return at.value.end;
  const { template, line } = at;
  const rest = template.text.slice(line.value.end, line.end);
  const onlyActions = rest.replaceAll(/\{\{[^}]*\}\}/g, '').trim() === '' || at.place === 'file';
  return onlyActions ? at.value.end : at.value.end + rest.trimEnd().length;
}

const openings = (at: Exclude<SettingPlace, { place: 'env' }>): string[] => {
  const { template, line } = at;
  const assigned = template.actions
    .filter(({ end, code }) => end <= line.keyStart && /^\$\w+\s*:?=/.test(code))
    .map(({ code }) => code);
  const blocks = template.blocks.filter(({ start, end }) => start < line.keyStart && line.keyStart < end);
  return [...blocks.map(({ open }) => open.code), ...assigned];
};

export const unquoted = (text: string): string => /^(["'`])([\s\S]*)\1$/.exec(text.trim())?.[2] ?? text.trim();
