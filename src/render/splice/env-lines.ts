import type { Action } from './go-actions.js';
import type { Span } from './hcl-file.js';

/** A `KEY=value` line of an environment template. The span is the whole line without its newline. */
export interface EnvLine extends Span {
  readonly key: string;
  readonly keyStart: number;
  /** The right side without surrounding space. */
  readonly value: Span;
}

/** Lines of the text; a newline inside an action does not end a line. `\r` belongs to no line. */
export function templateLines(text: string, actions: readonly Action[]): Span[] {
  const lines: Span[] = [];
  let start = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (actions.some((action) => action.start < at && at < action.end)) continue;
    lines.push({ start, end: text[at - 1] === '\r' && at > start ? at - 1 : at });
    start = at + 1;
  }
  if (start < text.length) lines.push({ start, end: text.length });
  return lines;
}

/** The assignment on a line, read as Nomad reads it; block actions may stand before the key and after the value. */
export function envLine(text: string, line: Span, actions: readonly Action[]): EnvLine | undefined {
  let at = skipSpace(text, line.start, line.end);
  for (let action = blockActionAt(actions, at); action !== undefined; action = blockActionAt(actions, at)) {
    at = skipSpace(text, action.end, line.end);
  }
  const match = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*/.exec(text.slice(at, line.end));
  const key = match?.[1];
  if (match === null || key === undefined) return undefined;
  const start = at + match[0].length;
  return { ...line, key, keyStart: at, value: { start, end: valueEnd(text, start, line.end, actions) } };
}

const blockActionAt = (actions: readonly Action[], at: number): Action | undefined =>
  actions.find((action) => action.start === at && action.kind !== 'plain');

function skipSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && (text[at] === ' ' || text[at] === '\t')) at += 1;
  return at;
}

/** Up to the end of the line, or to the end of a block that was opened before the value. */
export function valueEnd(text: string, start: number, lineEnd: number, actions: readonly Action[]): number {
  let depth = 0;
  let end = lineEnd;
  for (const action of actions.filter((one) => one.start >= start && one.end <= lineEnd)) {
    if (action.kind === 'open') depth += 1;
    if (action.kind === 'end') depth -= 1;
    if (depth < 0 || (depth === 0 && action.kind === 'else')) {
      end = action.start;
      break;
    }
  }
  while (end > start && /\s/.test(text[end - 1] ?? '')) end -= 1;
  return end;
}
