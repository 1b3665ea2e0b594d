import type { DatabaseEvidence, EvidenceComparison, EvidenceReport, TableEvidence } from '../report/report.js';
import { paint, type Style, symbols } from './style.js';
import { bytes, grouped, plural, safe, table } from './text.js';

const SHOWN_TABLES = 12;
const SHOWN_DIFFERENCES = 20;
const DIGEST_LENGTH = 12;

/** Counts and digests side by side, database by database: what differs first, then the largest tables. */
export const evidenceText = ({ databases }: EvidenceReport, style: Style): string =>
  databases.map((evidence) => databaseText(evidence, databases.length > 1, style)).join('\n\n');

const databaseText = (evidence: DatabaseEvidence, named: boolean, style: Style): string => {
  const colour = paint(style);
  const title = named ? `Evidence of ${safe(evidence.database)}` : 'Evidence';
  const verdict = evidence.match ? colour.green('equal') : colour.red('DIFFERENT');
  const shown = rank(evidence.tables).slice(0, SHOWN_TABLES);
  const rest = evidence.tables.length - shown.length;
  return [
    `${colour.bold(title)}  ${verdict}  ${summary(evidence, style)}`,
    ...(shown.length === 0 ? [] : [tableText(shown, style)]),
    ...(rest > 0 ? [colour.dim(`  and ${plural(rest, 'smaller table')}, all equal`)] : []),
    ...differences(evidence, style),
  ].join('\n');
};

const rank = (tables: readonly TableEvidence[]): TableEvidence[] =>
  tables.toSorted((a, b) => Number(a.match) - Number(b.match) || b.rows - a.rows || a.name.localeCompare(b.name, 'en'));

const summary = ({ tables, sequences, largeObjects, catalogDiff }: EvidenceComparison, style: Style): string => {
  const equal = tables.filter(({ match }) => match).length;
  const rows = tables.reduce((sum, item) => sum + item.rows, 0);
  const objects =
    largeObjects.count === 0
      ? []
      : [`${plural(largeObjects.count, 'large object')} (${bytes(largeObjects.bytes)})${mark(largeObjects.match)}`];
  return [
    `${equal} of ${plural(tables.length, 'table')}`,
    plural(rows, 'row'),
    `${plural(sequences.count, 'sequence')}${mark(sequences.match)}`,
    ...objects,
    catalogDiff.length === 0 ? 'catalog equal' : `${plural(catalogDiff.length, 'catalog difference')}`,
  ].join(` ${symbols(style).dot} `);
};

const mark = (match: boolean): string => (match ? '' : ' DIFFERENT');

const tableText = (tables: readonly TableEvidence[], style: Style): string => {
  const colour = paint(style);
  const head = ['table', 'rows', 'digest', ''].map((text) => colour.dim(text));
  const rows = tables.map(({ name, rows: count, digest, match }) => [
    safe(name),
    grouped(count),
    colour.dim(digest.slice(0, DIGEST_LENGTH)),
    match ? 'equal' : colour.red('DIFFERENT'),
  ]);
  return table([head, ...rows], [false, true, false, false]);
};

const differences = ({ catalogDiff }: EvidenceComparison, style: Style): string[] => {
  const colour = paint(style);
  const shown = catalogDiff
    .slice(0, SHOWN_DIFFERENCES)
    .map((text) => `  ${text.startsWith('-') ? colour.red(safe(text)) : colour.yellow(safe(text))}`);
  const rest = catalogDiff.length - SHOWN_DIFFERENCES;
  return rest > 0 ? [...shown, `  and ${plural(rest, 'more difference')}`] : shown;
};
