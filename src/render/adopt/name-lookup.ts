import { type Action, type ActionBlock, actionBlocks, goActions } from '../splice/go-actions.js';
import type { SeenSetting } from './seen-settings.js';

/** Openings of the blocks around a place, outermost first. */
type Scope = readonly string[];

interface Assigned {
  readonly code: string;
  readonly scope: Scope;
}

const STRING = '(?:"[^"\\\\]+"|`[^`]+`)';
/** What may be asked for a name: a key of version 2 of Vault's store, or a Variable that other tasks of the job may read. */
const SOURCE = new RegExp(`^(?:secret|nomadVar)\\s+${STRING}$`);
const KEY = new RegExp(`^(?:key\\s+${STRING}|keyOrDefault\\s+${STRING}\\s+${STRING})$`);
const TASKS_OWN = /^nomadVar\s+["`]nomad\/jobs\/[^/]+\/[^/]+\/[^/]+["`]$/;
const DYNAMIC = /\/(?:static-)?creds\//;
const FIELDS: readonly (readonly [RegExp, RegExp])[] = [
  [/^secret\b/, new RegExp(`^(?:\\.Data\\.data\\.\\w+|index\\s+\\.Data\\.data\\s+${STRING})$`)],
  [/^nomadVar\b/, new RegExp(`^(?:\\.\\w+(?:\\.Value)?|index\\s+\\.\\s+${STRING})$`)],
];
/** Letters that mean nothing to a template, and references that Nomad fills in when it reads the file. */
const PLAIN = /^(?:[\w.-]|\$\{(?:var|local)(?:\.\w+)+\})*$/;

/**
 * The same name as a text of its own: the lookup that the operator wrote, without the blocks around it that have nothing
 * to do with it. `undefined` for whatever is not one of the few ways that are known to give the same in another task.
 */
export function nameLookup({ at }: SeenSetting, text: string, inner: Scope): string | undefined {
  if (at.place === 'env') return hclLookup(text);
  const { actions, blocks } = at.template;
  const scope = scopeAt(blocks, at.line.keyStart);
  if (scope === undefined || inner.some((open) => !open.startsWith('with'))) return undefined;
  return textLookup(text, [...scope, ...inner], assignedBefore(actions, blocks, at.line.value.start));
}

/** A variable of the file without a value of its own: whoever runs the job gives it. */
function hclLookup(text: string): string | undefined {
  const whole = /^(?:var|local)(?:\.\w+)+$/.test(text) ? `\${${text}}` : text;
  return PLAIN.test(whole) ? whole : undefined;
}

/** `undefined` where it depends on a condition whether the place is there at all. */
function scopeAt(blocks: readonly ActionBlock[], at: number): Scope | undefined {
  const around = blocks.filter(({ start, end }) => start < at && at < end);
  return around.some(({ hasElse, open }) => hasElse || open.code.startsWith('if'))
    ? undefined
    : around.map(({ open }) => open.code);
}

/** Variables of a template that have one value only. */
function assignedBefore(
  actions: readonly Action[],
  blocks: readonly ActionBlock[],
  end: number,
): ReadonlyMap<string, Assigned | undefined> {
  const found = new Map<string, Assigned | undefined>();
  for (const action of actions.filter((one) => one.start < end)) {
    for (const [, name = ''] of action.code.startsWith('range') ? action.code.matchAll(/\$(\w+)(?=.*:=)/g) : [])
      found.set(name, undefined);
    const [, name, code] = /^(?:with\s+)?\$(\w+)\s*:?=\s*(.+)$/.exec(action.code) ?? [];
    if (name === undefined || code === undefined) continue;
    const scope = scopeAt(blocks, action.start);
    found.set(name, found.has(name) || scope === undefined ? undefined : { code, scope });
  }
  return found;
}

function textLookup(
  text: string,
  scope: Scope,
  assigned: ReadonlyMap<string, Assigned | undefined>,
): string | undefined {
  const actions = goActions(text);
  const blocks = actions && actionBlocks(actions);
  if (actions === undefined || blocks === undefined) return undefined;
  const outer = blocks.filter((block) => !blocks.some((other) => other.start < block.start && block.end <= other.end));
  const single = actions.filter((one) => !outer.some(({ start, end }) => start <= one.start && one.end <= end));
  let made = '';
  let at = 0;
  for (const piece of [...outer, ...single].sort((a, b) => a.start - b.start)) {
    const plain = text.slice(at, piece.start);
    const lookup =
      'open' in piece ? blockLookup(text, piece, scope, assigned) : codeLookup(piece.code, scope, assigned);
    if (lookup === undefined || !PLAIN.test(plain)) return undefined;
    made += plain + lookup;
    at = piece.end;
  }
  const rest = text.slice(at);
  return PLAIN.test(rest) && made + rest !== '' ? made + rest : undefined;
}

function blockLookup(
  text: string,
  { open, close, hasElse }: ActionBlock,
  scope: Scope,
  assigned: ReadonlyMap<string, Assigned | undefined>,
): string | undefined {
  if (hasElse || !open.code.startsWith('with')) return undefined;
  return textLookup(text.slice(open.end, close.start), [...scope, open.code], assigned);
}

function codeLookup(
  written: string,
  scope: Scope,
  assigned: ReadonlyMap<string, Assigned | undefined>,
): string | undefined {
  const [, code = '', trim = ''] = /^(.*?)(\s*\|\s*trimSpace)?$/.exec(written) ?? [];
  const print = (text: string): string => `{{ ${text}${trim === '' ? '' : ' | trimSpace'} }}`;
  if (KEY.test(code)) return print(code);
  const [, variable, path = ''] = /^\$(\w+)((?:\.\w+)*)$/.exec(code) ?? [];
  if (variable === undefined) return fieldLookup(code, scope, print);
  const value = assigned.get(variable);
  if (value === undefined) return undefined;
  if (SOURCE.test(value.code)) return fieldLookup(path, [`with ${value.code}`], print);
  return path === '' ? codeLookup(`${value.code}${trim}`, value.scope, assigned) : undefined;
}

/** The nearest block gives the dot its meaning. */
function fieldLookup(field: string, scope: Scope, print: (text: string) => string): string | undefined {
  const open = scope.at(-1);
  const asked = /^with\s+(?:\$\w+\s*:=\s*)?(.+)$/.exec(open ?? '')?.[1];
  if (asked === undefined) return undefined;
  if (/^(?:\.\w+)+$/.test(asked) && field.startsWith('.'))
    return fieldLookup(`${asked}${field}`, scope.slice(0, -1), print);
  const shape = FIELDS.find(([source]) => source.test(asked))?.[1];
  if (!SOURCE.test(asked) || TASKS_OWN.test(asked) || DYNAMIC.test(asked) || !shape?.test(field)) return undefined;
  return `{{ with ${asked} }}${print(field)}{{ end }}`;
}
