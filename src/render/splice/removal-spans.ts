import { lineEnd, lineStart, type Span } from './hcl-file.js';
import type { SqlItem } from './sql-statements.js';

type Test = (comment: string) => boolean;

/** Whole-line spans for the items that go, together with their comments and the blank lines they leave behind. */
export function removalSpans(
  text: string,
  items: readonly SqlItem[],
  gone: ReadonlySet<SqlItem>,
  ours: Test,
  others: Test,
): Span[] {
  const leaving = new Set([...gone, ...ownComments(text, items, gone, ours, others)]);
  const merged: Span[] = [];
  for (const item of items.filter((one) => leaving.has(one))) {
    const span = wholeLines(text, item);
    const last = merged.at(-1);
    if (last !== undefined && text.slice(last.end, span.start).trim() === '')
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    else merged.push(span);
  }
  return merged.map((span) => withBlankLine(text, span));
}

/** Comments that stand right above a statement that goes, or behind it on its line, and speak of nobody else. */
function ownComments(
  text: string,
  items: readonly SqlItem[],
  gone: ReadonlySet<SqlItem>,
  ours: Test,
  others: Test,
): SqlItem[] {
  const own: SqlItem[] = [];
  items.forEach((item, at) => {
    if (!gone.has(item)) return;
    const behind = items[at + 1];
    if (behind?.kind === 'comment' && !text.slice(item.end, behind.start).includes('\n')) own.push(behind);
    own.push(...commentsAbove(text, items, at, gone, ours, others));
  });
  return own;
}

function commentsAbove(
  text: string,
  items: readonly SqlItem[],
  at: number,
  gone: ReadonlySet<SqlItem>,
  ours: Test,
  others: Test,
): SqlItem[] {
  const chain: SqlItem[] = [];
  let below = items[at];
  for (let up = at - 1; up >= 0; up -= 1) {
    const item = items[up];
    if (item === undefined || below === undefined || item.kind !== 'comment' || !startsLine(text, item)) break;
    if (/\n[ \t\r]*\n/.test(text.slice(item.end, below.start))) break;
    chain.push(item);
    below = item;
  }
  const said = chain.map(({ start, end }) => text.slice(start, end)).join('\n');
  const before = items[at - chain.length - 1];
  const between = before !== undefined && gone.has(before);
  return !others(said) && (ours(said) || between) ? chain : [];
}

const startsLine = (text: string, { start }: Span): boolean => text.slice(lineStart(text, start), start).trim() === '';

/** Only what is alone on its lines takes the lines with it. */
function wholeLines(text: string, item: Span): Span {
  const first = lineStart(text, item.start);
  const last = lineEnd(text, item.end);
  const rest = text.slice(item.end, last).trim();
  const alone = text.slice(first, item.start).trim() === '' && (rest === '' || rest.startsWith('--'));
  return alone ? { start: first, end: last } : { start: item.start, end: item.end };
}

/** One of two blank lines that would meet goes too. */
function withBlankLine(text: string, span: Span): Span {
  const before = text.slice(0, span.start);
  const opens = before.trim() === '' || /\n[ \t]*\r?\n$/.test(before);
  const after = lineEnd(text, span.end);
  const blank = after > span.end && text.slice(span.end, after).trim() === '';
  return opens && blank && span.start === lineStart(text, span.start) ? { start: span.start, end: after } : span;
}
