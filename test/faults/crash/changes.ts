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

/** Another one for every service. */
const OWN_KEYS = new Set(['rolpassword']);

/** One line for each value, with its way there; texts line by line. Places in a list do not count. */
function linesOf(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return value.split('\n').map((line) => `${path}: ${line}`);
  if (Array.isArray(value)) return value.flatMap((item) => linesOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [`${path}: ${JSON.stringify(value)}`];
  const entries = Object.entries(value).filter(([key]) => !OWN_KEYS.has(key));
  // A row of a catalogue is one thing.
  if (path.startsWith('.shared.') && path.endsWith('[]')) return [`${path}: ${JSON.stringify(entries)}`];
  return entries.flatMap(([key, item]) => linesOf(item, `${path}.${key}`));
}
