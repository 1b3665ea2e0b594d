import { maskComputed } from './connection-spans.js';
import { type EnvLine, templateLines, valueEnd } from './env-lines.js';
import { type Action, goActions } from './go-actions.js';
import type { Span } from './hcl-file.js';

const KEY = /^([ \t]*(?:-[ \t]+)*)(["']?)([A-Za-z_][A-Za-z0-9_.-]*)\2[ \t]*(?::(?=\s|$|["'])|=)[ \t]*/;
/** `<Key>value</Key>` on a line of its own, and `<Key>` that opens a level. */
const ELEMENT = /^([ \t]*)<([A-Za-z_][\w.-]*)>(?:(.*)<\/\2>)?[ \t]*$/;
const SECTION = /^[ \t]*\[([A-Za-z0-9_.-]+)\][ \t]*$/;

interface Level {
  readonly indent: number;
  readonly key: string;
  /** The number of an item of a list. */
  readonly item?: number;
}

/**
 * `key: value` lines of a config file (YAML, hjson, ini, properties, XML with an element a line), each with the dotted
 * path that its indentation gives it. A value is told without its quotes; a line that only opens a level has none.
 */
export function configLines(text: string, actions: readonly Action[]): EnvLine[] {
  const found: EnvLine[] = [];
  let levels: Level[] = [];
  for (const line of templateLines(text, actions)) {
    const raw = text.slice(line.start, line.end);
    const section = SECTION.exec(raw)?.[1];
    if (section !== undefined) levels = [{ indent: -1, key: section }];
    const element = ELEMENT.exec(raw);
    const match = section !== undefined ? null : (element ?? KEY.exec(raw));
    if (match === null) continue;
    const indent = (match[1] ?? '').length;
    levels = [...above(levels, match[1] ?? ''), { indent, key: match[element === null ? 3 : 2] ?? '' }];
    const key = levels.map((level) => level.key).join('.');
    const value =
      element === null
        ? rightSide(text, { start: line.start + match[0].length, end: line.end }, actions)
        : inside(line.start, element);
    if (value !== undefined) found.push({ ...line, key, keyStart: line.start + indent, value });
  }
  return found;
}

/** What a line stands in. Items of a list are told apart: what one says is nothing of the next. */
function above(levels: readonly Level[], lead: string): Level[] {
  const dash = lead.indexOf('-');
  const outer = levels.filter(({ indent, item }) => indent < (dash !== -1 && item !== undefined ? dash : lead.length));
  if (dash === -1) return outer;
  const before = levels.find(({ indent, item }) => item !== undefined && indent === dash);
  const item = (before?.item ?? -1) + 1;
  return [...outer, { indent: dash, key: String(item), item }];
}

/** Between the two tags. */
function inside(at: number, [, indent = '', name = '', value]: RegExpExecArray): Span | undefined {
  const start = at + indent.length + name.length + 2;
  return value === undefined || value === '' ? undefined : { start, end: start + value.length };
}

/** Inside its quotes, and without a comma or comment behind it. Undefined for a line that opens a level. */
function rightSide(text: string, rest: Span, actions: readonly Action[]): Span | undefined {
  const end = valueEnd(text, rest.start, rest.end, actions);
  const masked = maskComputed(text.slice(rest.start, end)) ?? '';
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')[ \t]*,?[ \t]*(?:#.*)?$/.exec(masked);
  if (quoted !== null) {
    const inner = quoted[1] ?? quoted[2] ?? '';
    return { start: rest.start + 1, end: rest.start + 1 + inner.length };
  }
  const bare = masked.replace(/[ \t]+#.*$/, '').replace(/[ \t]*,?[ \t]*$/, '');
  return bare === '' || /^[{[|>&*]/.test(bare) ? undefined : { start: rest.start, end: rest.start + bare.length };
}

/** Path and text of every value of a rendered file. */
export const configSettings = (text: string): [key: string, value: string][] =>
  configLines(text, goActions(text) ?? []).map(({ key, value }) => [key, text.slice(value.start, value.end)]);
