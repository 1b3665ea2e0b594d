import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

export type KeyPath = readonly (string | number)[];

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Line and column of a key; of its nearest ancestor when the key is not in the file. */
export const keyPosition = (document: Document.Parsed, lines: LineCounter, path: KeyPath): Position => {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const segment of path) {
    const step = stepInto(resolveAlias(document, node), segment);
    if (step === undefined) break;
    offset = step.offset ?? offset;
    node = step.node;
  }
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
};

const offsetOf = (node: unknown): number | undefined => (node as Node | null)?.range?.[0];

const resolveAlias = (document: Document.Parsed, node: unknown): unknown =>
  isAlias(node) ? node.resolve(document) : node;

const stepInto = (
  node: unknown,
  segment: string | number,
): { node: unknown; offset: number | undefined } | undefined => {
  if (isSeq(node)) {
    const item: unknown = node.items[Number(segment)];
    return item === undefined ? undefined : { node: item, offset: offsetOf(item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(segment));
  return pair === undefined ? undefined : { node: pair.value, offset: offsetOf(pair.key) };
};

/** `services.speedtest.tasks[0]`; odd keys are quoted. */
export const keyPathText = (path: KeyPath): string =>
  path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    const shown = /^[\w-]+$/.test(segment) ? segment : JSON.stringify(segment);
    return text === '' ? shown : `${text}.${shown}`;
  }, '');
