import type { EndState } from './end-state.js';

/** What is there only before, and only after: comparable between two services, whose states differ otherwise. */
export interface Changes {
  readonly gone: readonly string[];
  readonly come: readonly string[];
}

export function changes(before: EndState, after: EndState): Changes {
  const [old, now] = [linesOf(before), linesOf(after)];
  return { gone: without(old, now), come: without(now, old) };
}

const without = (some: readonly string[], others: readonly string[]): string[] => {
  const known = new Set(others);
  return some.filter((line) => !known.has(line)).sort();
};

/** One line for each value, with its way there; texts line by line. Places in a list do not count. */
function linesOf(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return value.split('\n').map((line) => `${path}: ${line}`);
  if (Array.isArray(value)) return value.flatMap((item) => [`${path}[]: ${JSON.stringify(item)}`]);
  if (typeof value !== 'object' || value === null) return [`${path}: ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, item]) => linesOf(item, `${path}.${key}`));
}
