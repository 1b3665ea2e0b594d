import type { Span } from './hcl-file.js';

/** One piece of a psql script. `meta` is a backslash command on a line of its own. */
export interface SqlItem extends Span {
  readonly kind: 'statement' | 'meta' | 'comment';
}

const QUOTED = /^(?:[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*")/;
const DOLLAR = /^\\?\$(?:[A-Za-z_][A-Za-z0-9_]*)?\\?\$/;
const ENDS_QUERY = /^\\(?:g|gx|gexec|gset|gdesc|watch|crosstabview)\b[^\n]*/;

/**
 * Splits a psql script that may hold Nomad template actions and, inside shell heredocs, `\$\$` for `$$`.
 * Undefined when a quote never ends: then nothing about the script is certain.
 */
export function sqlItems(text: string): SqlItem[] | undefined {
  const items: SqlItem[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    const item = itemAt(text, at);
    if (item === undefined) return undefined;
    items.push(item);
    at = item.end;
  }
  return items;
}

function itemAt(text: string, start: number): SqlItem | undefined {
  const comment = commentLength(text, start);
  if (comment !== undefined) return { kind: 'comment', start, end: start + comment };
  if (text[start] === '\\' && !DOLLAR.test(text.slice(start, start + 80))) {
    return { kind: 'meta', start, end: endOfLine(text, start) };
  }
  const end = statementEnd(text, start);
  return end === undefined ? undefined : { kind: 'statement', start, end };
}

function statementEnd(text: string, start: number): number | undefined {
  let at = start;
  while (at < text.length) {
    if (text[at] === ';') return at + 1;
    const query = text[at] === '\\' ? ENDS_QUERY.exec(text.slice(at, endOfLine(text, at))) : null;
    if (query !== null) return at + query[0].trimEnd().length;
    const length = opaqueLength(text, at);
    if (length === undefined) return undefined;
    at += length;
  }
  return start + text.slice(start).trimEnd().length;
}

/** Length of what stands at `at` and must not be looked into; 1 for a plain character, undefined when it never ends. */
function opaqueLength(text: string, at: number): number | undefined {
  const comment = commentLength(text, at);
  if (comment !== undefined) return comment;
  const rest = text.slice(at);
  if (rest.startsWith('{{')) return closedBy(rest, '}}', 2);
  const tag = DOLLAR.exec(rest)?.[0];
  if (tag !== undefined) return closedBy(rest, tag, tag.length);
  const wordBefore = /[A-Za-z0-9_]$/.test(text.slice(Math.max(0, at - 1), at));
  const quoted = wordBefore && /^[eE]'/.test(rest) ? null : QUOTED.exec(rest);
  if (quoted !== null) return quoted[0].length;
  return /^['"]/.test(rest) ? undefined : 1;
}

function closedBy(text: string, close: string, from: number): number | undefined {
  const end = text.indexOf(close, from);
  return end === -1 ? undefined : end + close.length;
}

function commentLength(text: string, at: number): number | undefined {
  if (text.startsWith('--', at)) return endOfLine(text, at) - at;
  if (!text.startsWith('/*', at)) return undefined;
  let depth = 0;
  const token = /\/\*|\*\//g;
  token.lastIndex = at;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return match.index + 2 - at;
  }
  return text.length - at;
}

function endOfLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  const end = newline === -1 ? text.length : newline;
  return text[end - 1] === '\r' ? end - 1 : end;
}
