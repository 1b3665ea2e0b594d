const CONTEXT = 3;

interface Row {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
  /** 1-based lines of the old and the new text at which the row stands. */
  readonly old: number;
  readonly now: number;
}

/** A unified diff of two texts, line by line; empty for equal ones. */
export function unifiedDiff(before: string, after: string, path: string): string {
  const rows = diffRows(before.split('\n'), after.split('\n'));
  const hunks = hunksOf(rows);
  return hunks.length === 0 ? '' : [`--- ${path}`, `+++ ${path}`, ...hunks.flatMap(hunkText)].join('\n').concat('\n');
}

/** 1-based lines of the old text that the new one does not have any more. */
export const changedLines = (before: string, after: string): ReadonlySet<number> =>
  new Set(diffRows(before.split('\n'), after.split('\n')).flatMap(({ sign, old }) => (sign === '-' ? [old] : [])));

function diffRows(a: readonly string[], b: readonly string[]): Row[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1;
  const rows: Row[] = [];
  const put = (sign: Row['sign'], text: string, old: number, now: number): void =>
    void rows.push({ sign, text, old, now });
  for (let at = 0; at < head; at += 1) put(' ', a[at] ?? '', at + 1, at + 1);
  const middle = commonLines(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  let [i, j] = [head, head];
  for (const [x, y] of [
    ...middle.map(([x, y]) => [x + head, y + head] as const),
    [a.length - tail, b.length - tail] as const,
  ]) {
    for (; i < x; i += 1) put('-', a[i] ?? '', i + 1, j + 1);
    for (; j < y; j += 1) put('+', b[j] ?? '', i + 1, j + 1);
    if (x < a.length - tail) put(' ', a[x] ?? '', x + 1, y + 1);
    [i, j] = x < a.length - tail ? [x + 1, y + 1] : [x, y];
  }
  for (let at = 0; at < tail; at += 1) put(' ', a[i + at] ?? '', i + at + 1, j + at + 1);
  return rows;
}

/** The longest common subsequence, as pairs of places. */
function commonLines(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pairs: (readonly [number, number])[] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

function hunksOf(rows: readonly Row[]): Row[][] {
  const hunks: Row[][] = [];
  let end = -1;
  rows.forEach(({ sign }, at) => {
    if (sign === ' ') return;
    const from = Math.max(at - CONTEXT, end);
    const to = Math.min(at + CONTEXT + 1, rows.length);
    if (end >= 0 && at - CONTEXT <= end) hunks.at(-1)?.push(...rows.slice(end, to));
    else hunks.push(rows.slice(from, to));
    end = to;
  });
  return hunks;
}

function hunkText(rows: readonly Row[]): string[] {
  const first = rows[0];
  const count = (sign: '-' | '+'): number => rows.filter((row) => row.sign === ' ' || row.sign === sign).length;
  return [
    `@@ -${first?.old ?? 0},${count('-')} +${first?.now ?? 0},${count('+')} @@`,
    ...rows.map(({ sign, text }) => `${sign}${text}`),
  ];
}
