import { goActions, usesDot } from '../splice/go-actions.js';
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
  const written = source.slice(at.value.start, at.value.end);
  const around = at.place === 'env' ? [] : openings(at);
  const resolved = at.place === 'env' ? read(at.value) : read({ ...at.value, heredoc: at.value });
  const text = unquoted(resolved?.text ?? written);
  const blocks = at.place === 'env' ? [] : around;
  return {
    ...{ place: at.place, key: at.key, line: lineOf(source, at.value.start), text, around },
    origins: originsOf(written, blocks),
    at,
  };
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

/** Does the text ask for something that stands outside of it? */
export const isComputed = (text: string): boolean =>
  (goActions(text) ?? []).some(({ code }) => usesDot(code) || code.includes(' ')) || /(?<!\$)\$\{/.test(text);
