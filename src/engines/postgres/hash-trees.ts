import type { TableLine } from './evidence-lines.js';

/**
 * One line for all partitions of a table whose rows find their place by a hash: a restore may put them elsewhere, all the
 * same rows. Counts and digests are sums, so they add up.
 */
export function withoutHashPartitions(tables: readonly TableLine[]): TableLine[] {
  const merged = new Map<string, TableLine>();
  for (const { tree, ...line } of tables) {
    const { schema, name } = tree ?? line;
    const key = JSON.stringify([schema, name]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? { ...line, schema, name } : added(known, line));
  }
  return [...merged.values()];
}

const added = (one: TableLine, other: TableLine): TableLine => ({
  ...one,
  rows: one.rows + other.rows,
  digest: sums(one.digest)
    .map((part, at) => part + (sums(other.digest)[at] ?? 0n))
    .join(':'),
});

const sums = (digest: string): bigint[] => digest.split(':').map(BigInt);
