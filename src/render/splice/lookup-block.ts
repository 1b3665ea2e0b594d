import { envLine, templateLines } from './env-lines.js';
import type { EnvTemplate } from './env-template.js';
import { type Action, type ActionBlock, actionBlocks, goActions, isServiceLookup, usesDot } from './go-actions.js';
import type { Span } from './hcl-file.js';

/** How a key's line stands in its template. */
export type Surroundings =
  | { readonly kind: 'plain' }
  /** Inside a lookup of the shared instance, which has to go as a whole: without an instance it gives no lines at all. */
  | { readonly kind: 'lookup'; readonly block: ActionBlock }
  | { readonly kind: 'unclear'; readonly why: string };

export function surroundings(template: EnvTemplate, at: number): Surroundings {
  const around = template.blocks.filter((block) => block.start < at && at < block.end);
  const block = around.find(isServiceLookup);
  if (around.some((one) => one.open.code.startsWith('if') || (one.hasElse && one !== block))) {
    return { kind: 'unclear', why: CONDITION };
  }
  return block === undefined ? { kind: 'plain' } : { kind: 'lookup', block };
}

const CONDITION = 'the key is set under a condition';

/**
 * The lines that stay when a lookup goes, with `rewrite` giving each right side; or why it cannot go.
 * Only lines that do not depend on the lookup may stay.
 */
export function unwrapLookup(
  template: EnvTemplate,
  block: ActionBlock,
  rewrite: (key: string, value: string) => string | undefined,
): { readonly text: string } | { readonly why: string } {
  const why = standsAlone(template, block);
  const whole = withoutElse(template, block, rewrite);
  if (whole === undefined) return { why: CONDITION };
  const inner = unwrap(whole);
  // A neighbour that eats line breaks must find the very same ones: the block stays, as one that always holds.
  const stays = why?.trims === true && inner === whole && !block.hasElse;
  if (why !== undefined && !stays) return { why: why.text };
  const own = declaredIn(template.text.slice(block.start, block.end));
  const lines = rewrittenLines(inner, rewrite, own);
  if (lines === undefined) return { why: DEPENDS };
  if (stays) {
    const { trimsLeft, trimsRight } = block.open;
    const open = `{{${trimsLeft ? '-' : ''} if true ${trimsRight ? '-' : ''}}}`;
    return { text: `${open}${lines}${template.text.slice(block.close.start, block.close.end)}` };
  }
  const eol = template.text.includes('\r\n') ? '\r\n' : '\n';
  return {
    text: lines
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .join(eol)
      .trim(),
  };
}

/** Every line with its right side rewritten; undefined when something in them depends on the lookup. */
function rewrittenLines(
  inner: string,
  rewrite: (key: string, value: string) => string | undefined,
  own: readonly string[],
): string | undefined {
  const actions = goActions(inner) ?? [];
  let text = '';
  let at = 0;
  for (const line of templateLines(inner, actions)) {
    const setting = envLine(inner, line, actions);
    const value =
      setting === undefined ? undefined : rewrite(setting.key, inner.slice(setting.value.start, setting.value.end));
    const now =
      setting === undefined || value === undefined
        ? inner.slice(line.start, line.end)
        : inner.slice(line.start, setting.value.start) + value + inner.slice(setting.value.end, line.end);
    text += inner.slice(at, line.start) + now;
    at = line.end;
  }
  text += inner.slice(at);
  return independent(text, own) ? text : undefined;
}

/**
 * What the lookup gives when it finds something. An `else` may go with it when all that it sets is set there too, and is
 * rewritten: whichever branch counted before, the app now gets the new address.
 */
function withoutElse(
  { text, actions, blocks }: EnvTemplate,
  block: ActionBlock,
  rewrite: (key: string, value: string) => string | undefined,
): string | undefined {
  if (!block.hasElse) return text.slice(block.open.end, block.close.start);
  const inside = blocks.filter(({ start, end }) => block.start < start && end <= block.close.start);
  const [branch, other] = actions.filter(
    ({ kind, start }) =>
      kind === 'else' &&
      block.open.end <= start &&
      start < block.close.start &&
      !inside.some((inner) => inner.start < start && start < inner.end),
  );
  if (branch === undefined || other !== undefined || branch.code !== 'else') return undefined;
  const first = text.slice(block.open.end, branch.start);
  const keys = keysIn(first);
  const set = settingsIn(text.slice(branch.end, block.close.start));
  return set.every(({ key, value }) => keys.has(key) && rewrite(key, value) !== undefined) ? first : undefined;
}

const settingsIn = (text: string): { key: string; value: string }[] => {
  const actions = goActions(text) ?? [];
  return templateLines(text, actions).flatMap((line) => {
    const found = envLine(text, line, actions);
    return found === undefined ? [] : [{ key: found.key, value: text.slice(found.value.start, found.value.end) }];
  });
};

const keysIn = (text: string): ReadonlySet<string> => new Set(settingsIn(text).map(({ key }) => key));

export const DEPENDS = 'a line inside the lookup depends on it';

/** The block must be alone on its lines, and no neighbour may eat the line breaks around it. */
function standsAlone(
  { text, actions }: EnvTemplate,
  block: ActionBlock,
): { readonly text: string; readonly trims?: true } | undefined {
  const before = text.slice(text.lastIndexOf('\n', block.start - 1) + 1, block.start);
  const newline = text.indexOf('\n', block.end);
  const after = text.slice(block.end, newline === -1 ? text.length : newline);
  if (before.trim() !== '' || after.trim() !== '') return { text: 'the lookup shares a line with something else' };
  const previous = actions.filter((action) => action.end <= block.start).at(-1);
  const next = actions.find((action) => action.start >= block.end);
  const touches = (span: Span): boolean => text.slice(span.start, span.end).trim() === '';
  if (previous?.trimsRight && touches({ start: previous.end, end: block.start }))
    return { text: 'an action before it trims into it', trims: true };
  if (next?.trimsLeft && touches({ start: block.end, end: next.start }) && !keepsLineBreak(text, actions, next))
    return { text: 'an action after it trims into it', trims: true };
  return undefined;
}

/** An action that eats the line break before it prints nothing and has one behind it, so lines stay apart. */
function keepsLineBreak(text: string, actions: readonly Action[], action: Action): boolean {
  const rest = text.slice(action.end);
  if (action.kind === 'plain' || action.trimsRight || !/^[ \t]*(?:\r?\n|$)/.test(rest)) return false;
  const next = actions.find((one) => one.start >= action.end);
  const eaten = next?.trimsLeft === true && text.slice(action.end, next.start).trim() === '';
  return !eaten || keepsLineBreak(text, actions, next);
}

/** Lookups are often nested: `with nomadService` around `with index . 0`. */
function unwrap(text: string): string {
  const actions = goActions(text) ?? [];
  const outer = (actionBlocks(actions) ?? [])[0];
  const wraps = outer !== undefined && !outer.hasElse && !outer.open.code.startsWith('if');
  if (!wraps || text.slice(0, outer.start).trim() !== '' || text.slice(outer.end).trim() !== '') return text;
  return usesDot(outer.open.code) ? unwrap(text.slice(outer.open.end, outer.close.start)) : text;
}

/** Variables that a text makes itself: `range $i, $one := …`. */
export const declaredIn = (text: string): string[] =>
  [...text.matchAll(/\$(\w+)\s*(?:,\s*\$(\w+)\s*)?:?=/g)].flatMap(([, first, second]) => [first ?? '', second ?? '']);

/**
 * Does a line give the same without the lookup around it? `own`: variables that the lookup makes; without it any
 * variable may be one.
 */
export function independent(line: string, own?: readonly string[]): boolean {
  const foreign = (whole: string, name: string): string => (own === undefined || own.includes(name) ? whole : '"x"');
  const text = line.replaceAll(/(?<=[\s({|])\$(\w+)(?:\.\w+)*/g, foreign);
  const actions = goActions(text);
  const blocks = actions && actionBlocks(actions);
  if (actions === undefined || blocks === undefined) return false;
  const covered = (action: Action): boolean =>
    blocks.some(
      (block) => block.open.start < action.start && action.end <= block.end && !block.open.code.startsWith('if'),
    );
  return actions.every((action) => covered(action) || !usesDot(action.code));
}
