import { createHash } from 'node:crypto';
import { DbctlError } from '../../errors/dbctl-error.js';
import {
  type CatalogLine,
  type EvidenceLine,
  evidenceLine,
  type FactLine,
  type LargeObjectLine,
  type LargeObjectsLine,
  type MetaLine,
  type SequenceLine,
  type TableLine,
} from './evidence-lines.js';

import { withoutHashPartitions } from './hash-trees.js';

/** Everything that is compared between two databases, as read at one snapshot, in no particular order. */
export interface Evidence {
  readonly meta: MetaLine;
  readonly tables: readonly TableLine[];
  readonly sequences: readonly SequenceLine[];
  readonly largeObjects: LargeObjectsLine;
  /** Empty when there are more than 1000: `largeObjects` covers all. */
  readonly largeObjectList: readonly LargeObjectLine[];
  readonly catalog: readonly CatalogLine[];
  /** Of the database itself: owner, rights, settings; and the roles its objects name. */
  readonly facts: readonly FactLine[];
}

const incomplete = (what: string, value?: string): DbctlError =>
  new DbctlError('ARTIFACT_CORRUPT', `the evidence is not complete: ${what}`, value === undefined ? {} : { value });

function jsonOf(text: string, index: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DbctlError('ARTIFACT_CORRUPT', `line ${index + 1} of the evidence is not JSON`, { cause });
  }
}

function requireLine(raw: unknown, index: number): EvidenceLine {
  const parsed = evidenceLine.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new DbctlError('ARTIFACT_CORRUPT', `line ${index + 1} of the evidence has an unknown shape`, {
    details: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  });
}

/** A readable name, unique within its kind of line. */
export function lineKey(line: EvidenceLine): string {
  switch (line.k) {
    case 'table':
    case 'sequence':
      return `${sqlName(line.schema)}.${sqlName(line.name)}`;
    case 'largeobject':
      return line.oid;
    case 'catalog':
      return `${line.kind} ${line.name}`;
    case 'database':
    case 'setting':
    case 'role':
      return `${line.k} ${line.name}`;
    case 'meta':
    case 'largeobjects':
      return line.k;
  }
}

/** Quoted only where a plain name would be ambiguous to read. */
const sqlName = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

function refuseTwice(lines: readonly EvidenceLine[]): void {
  const seen = new Set<string>();
  for (const line of lines) {
    const key = `${line.k} ${lineKey(line)}`;
    if (seen.has(key)) throw incomplete(`${key} was read twice`);
    seen.add(key);
  }
}

type Kind = EvidenceLine['k'];

const isOf =
  <K extends Kind>(...kinds: readonly K[]) =>
  (line: EvidenceLine): line is Extract<EvidenceLine, { k: K }> =>
    kinds.some((kind) => kind === line.k);

function only<T>(found: readonly T[], what: string): T {
  const [value] = found;
  if (value === undefined) throw incomplete(`${what} is missing`);
  return value;
}

/**
 * Reads what evidence.sql printed, in any order and from any number of sessions.
 * Throws ARTIFACT_CORRUPT for lines of another shape and when a table, a sequence or a whole section is missing or read twice.
 */
export const parseEvidence = (text: string): Evidence =>
  evidenceOfRows(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map(jsonOf),
  );

/** The same of rows that were read one by one. */
export function evidenceOfRows(rows: readonly unknown[]): Evidence {
  const lines = rows.map(requireLine);
  refuseTwice(lines);
  const evidence: Evidence = {
    meta: only(lines.filter(isOf('meta')), 'the meta line'),
    tables: lines.filter(isOf('table')),
    sequences: lines.filter(isOf('sequence')),
    largeObjects: only(lines.filter(isOf('largeobjects')), 'the large object line'),
    largeObjectList: lines.filter(isOf('largeobject')),
    catalog: lines.filter(isOf('catalog')),
    facts: lines.filter(isOf('database', 'setting', 'role')),
  };
  const { meta, tables, sequences } = evidence;
  if (tables.length !== meta.tables) throw incomplete(`${tables.length} of ${meta.tables} tables were read`);
  if (sequences.length !== meta.sequences)
    throw incomplete(`${sequences.length} of ${meta.sequences} sequences were read`);
  return { ...evidence, tables: withoutHashPartitions(tables) };
}

/** SHA-256 over the sorted content: tables, sequences, large objects and catalog, without database-level facts. */
export function digestOf(evidence: Evidence): string {
  const { tables, sequences, largeObjects, catalog } = evidence;
  const lines = [
    ...tables.map(({ schema, name, rows, digest }) => ['table', schema, name, rows, digest]),
    ...sequences.map((s) => ['sequence', s.schema, s.name, s.last_value, s.is_called]),
    ...catalog.map(({ kind, name, def }) => ['catalog', kind, name, def]),
    ['largeobjects', largeObjects.count, largeObjects.bytes, largeObjects.digest],
  ].map((line) => JSON.stringify(line));
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}
