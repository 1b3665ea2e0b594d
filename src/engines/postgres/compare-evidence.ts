import type { EvidenceComparison, TableEvidence } from '../../report/report.js';
import { acrossMajors } from './across-majors.js';
import { type Difference, describeDifference } from './describe-difference.js';
import type { EvidenceLine, SequenceLine } from './evidence-lines.js';
import { type Evidence, lineKey } from './parse-evidence.js';

export interface CompareOptions {
  /** `at-least`: the source was still written to, so a dumped sequence may be ahead of the source's evidence. */
  readonly sequences: 'equal' | 'at-least';
  /**
   * Keys of database-level facts to compare, such as `database encoding`, `setting`, `role`; a key covers everything that begins with it.
   * Default none: a fence changes owner, rights and limits of the source on purpose.
   */
  readonly facts?: readonly string[];
}

const byKey = <T extends EvidenceLine>(lines: readonly T[]): Map<string, T> =>
  new Map(lines.map((line) => [lineKey(line), line]));

const allKeys = (source: ReadonlyMap<string, unknown>, target: ReadonlyMap<string, unknown>): string[] =>
  [...new Set([...source.keys(), ...target.keys()])].sort();

function pairUp<T extends EvidenceLine>(
  source: readonly T[],
  target: readonly T[],
  show: (value: T) => string,
): Difference[] {
  const [from, to] = [byKey(source), byKey(target)];
  const text = (value: T | undefined): string | undefined => (value === undefined ? undefined : show(value));
  return allKeys(from, to).map((key) => ({ key, source: text(from.get(key)), target: text(to.get(key)) }));
}

const differs = (line: Difference): boolean => line.source !== line.target;

function* printed({ key, source, target }: Difference): Iterable<string> {
  if (source !== undefined) yield `- ${key}: ${source}`;
  if (target !== undefined) yield `+ ${key}: ${target}`;
}

function tableEvidence(source: Evidence, target: Evidence): TableEvidence[] {
  const [froms, tos] = [byKey(source.tables), byKey(target.tables)];
  return allKeys(froms, tos).map((name) => {
    const [from, to] = [froms.get(name), tos.get(name)];
    const match = from !== undefined && to !== undefined && from.rows === to.rows && from.digest === to.digest;
    return { name, rows: from?.rows ?? 0, digest: from?.digest ?? 'absent', match };
  });
}

/** Grows with each `nextval`; only good for comparing two states of one sequence. */
const position = ({ last_value, is_called, increment }: SequenceLine): bigint =>
  BigInt(last_value) * (BigInt(increment) < 0n ? -1n : 1n) * 2n + (is_called ? 1n : 0n);

function sequenceMatches(from: SequenceLine, to: SequenceLine, mode: CompareOptions['sequences']): boolean {
  if (from.last_value === to.last_value && from.is_called === to.is_called) return true;
  if (mode === 'equal' || from.increment !== to.increment) return false;
  // A cycling sequence may have started again: nothing can be said while the source is written to.
  return from.cycle || position(to) >= position(from);
}

const showSequence = (s: SequenceLine): string => `last value ${s.last_value}, called ${s.is_called}`;

function sequenceDiff(source: Evidence, target: Evidence, mode: CompareOptions['sequences']): Difference[] {
  const [froms, tos] = [byKey(source.sequences), byKey(target.sequences)];
  return pairUp(source.sequences, target.sequences, showSequence).filter(({ key }) => {
    const [from, to] = [froms.get(key), tos.get(key)];
    return from === undefined || to === undefined || !sequenceMatches(from, to, mode);
  });
}

function largeObjectDiff(source: Evidence, target: Evidence): Difference[] {
  const summary = (e: Evidence): string =>
    `${e.largeObjects.count} of ${e.largeObjects.bytes} bytes, digest ${e.largeObjects.digest}`;
  const whole = { key: 'large objects', source: summary(source), target: summary(target) };
  if (!differs(whole)) return [];
  const each = pairUp(
    source.largeObjectList,
    target.largeObjectList,
    (o) => `owner ${o.owner}; acl ${o.acl}; ${o.bytes} bytes; sha256 ${o.sha256}`,
  );
  return [whole, ...each.filter(differs).map((line) => ({ ...line, key: `large object ${line.key}` }))];
}

function tableDiff(source: Evidence, target: Evidence): Difference[] {
  const lines = pairUp(source.tables, target.tables, (t) => `${t.rows} rows, digest ${t.digest}`);
  return lines.filter(differs).map((line) => ({ ...line, key: `rows of ${line.key}` }));
}

/** Differences by what they are about. */
export interface Differences {
  readonly rows: readonly Difference[];
  readonly sequences: readonly Difference[];
  readonly largeObjects: readonly Difference[];
  readonly catalog: readonly Difference[];
  readonly facts: readonly Difference[];
}

/** Of servers of two majors in the words that both have; see `acrossMajors`. */
export function differencesBetween(one: Evidence, other: Evidence, options: CompareOptions): Differences {
  const [source, target] = acrossMajors(one, other);
  const wanted = options.facts ?? [];
  return {
    rows: tableDiff(source, target),
    sequences: sequenceDiff(source, target, options.sequences).map((line) => ({
      ...line,
      key: `sequence value ${line.key}`,
    })),
    largeObjects: largeObjectDiff(source, target),
    catalog: pairUp(source.catalog, target.catalog, (c) => c.def).filter(differs),
    facts: pairUp(source.facts, target.facts, (f) => f.def).filter(
      (line) => differs(line) && wanted.some((prefix) => line.key.startsWith(prefix)),
    ),
  };
}

const inOrder = ({ rows, sequences, largeObjects, catalog, facts }: Differences): Difference[] => [
  ...rows,
  ...sequences,
  ...largeObjects,
  ...catalog,
  ...facts,
];

/** Every difference in one line for people. */
export const describeDifferences = (differences: Differences): string[] => inOrder(differences).map(describeDifference);

/** Tables of the source that the target lacks, or has with fewer rows: one line each. */
export function missingRows(source: Evidence, target: Evidence): string[] {
  const there = byKey(target.tables);
  return source.tables.flatMap((table) => {
    const found = there.get(lineKey(table));
    if (found === undefined) return [`table ${lineKey(table)} with ${table.rows} rows is not there`];
    return found.rows < table.rows ? [`table ${lineKey(table)} has ${found.rows} of ${table.rows} rows`] : [];
  });
}

/** Compares content and catalog as sets. `catalogDiff` has one line for every difference of any kind, tables included. */
export function compareEvidence(source: Evidence, target: Evidence, options: CompareOptions): EvidenceComparison {
  const differences = differencesBetween(source, target, options);
  const all = inOrder(differences);
  return {
    match: all.length === 0,
    tables: tableEvidence(source, target),
    sequences: { count: source.sequences.length, match: differences.sequences.length === 0 },
    largeObjects: {
      count: source.largeObjects.count,
      bytes: source.largeObjects.bytes,
      match: differences.largeObjects.length === 0,
    },
    catalogDiff: all.flatMap((line) => [...printed(line)]),
  };
}
