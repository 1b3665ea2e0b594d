import { sameButQualifiers } from './definition-text.js';
import type { CatalogLine } from './evidence-lines.js';
import type { Evidence } from './parse-evidence.js';

/**
 * Two majors word some things differently that are the same. Before a comparison each side is brought to what both can
 * say; everything else stays a difference. Sources: release notes of 16, 17 and 18, and pairs of real servers.
 */
export function acrossMajors(source: Evidence, target: Evidence): readonly [Evidence, Evidence] {
  const [from, to] = [majorOf(source), majorOf(target)];
  if (from === to) return [source, target];
  const older = Math.min(from, to);
  const extensions = changedExtensions(source, target);
  const common = (evidence: Evidence): Evidence => ({
    ...evidence,
    catalog: evidence.catalog
      .filter((line) => !(older < NOT_NULL_ROWS && isNotNullRow(line)) && !isOfExtension(line, extensions))
      .map((line) => plain(line, older)),
  });
  const [left, right] = [common(source), common(target)];
  if (older >= SHORT_VIEWS || Math.max(from, to) < SHORT_VIEWS) return [left, right];
  return from < to ? [withWordingOf(left, right), right] : [left, withWordingOf(right, left)];
}

/** Extensions that each major brings in a version of its own, as `pg_trgm 1.6 becomes 1.7`; a note, not a difference. */
export function extensionChanges(source: Evidence, target: Evidence): string[] {
  const after = new Map(extensionsOf(target).map((line) => [line.name, versionOf(line)]));
  return changedExtensions(source, target).map(
    (name) =>
      `extension ${name} ${versionOf(extensionsOf(source).find((line) => line.name === name))} becomes ${after.get(name)}`,
  );
}

/** From 18 on a NOT NULL of a table is a row of pg_constraint, from 17 on that of a domain; the column says it everywhere. */
const NOT_NULL_ROWS = 18;
/** From 16 on a view over one table is printed without that table's name before each column. */
const SHORT_VIEWS = 16;
/** From 17 on there is a right of that name, which every owner has and GRANT ALL gives. */
const MAINTAIN = 17;
/** What pg_publication says beyond that is new in 18, and the default. */
const PUBLICATION_DEFAULTS = 18;

const majorOf = ({ meta }: Evidence): number => Math.floor(meta.server_version_num / 10_000);

const isNotNullRow = ({ kind, def }: CatalogLine): boolean => kind === 'constraint' && def.startsWith('NOT NULL ');

const NAME = '(?:"(?:[^"]|"")*"|[a-z0-9_$]+|PUBLIC)';
const MAINTAIN_ITEM = new RegExp(`(^| )${NAME}=MAINTAIN\\*?/${NAME}(?= |;|$)`, 'g');
const WITH_TABLE_RIGHTS = /table|view|sequence|default privileges|changed rights/;

function plain(line: CatalogLine, older: number): CatalogLine {
  let { def } = line;
  if (older < MAINTAIN && WITH_TABLE_RIGHTS.test(line.kind)) def = withoutMaintain(def);
  if (older < PUBLICATION_DEFAULTS && line.kind === 'publication') def = def.replace(/"pubgencols": "n",? ?/, '');
  if (line.kind === 'extension') def = def.replace(/^version [^;]*; /, '');
  return def === line.def ? line : { ...line, def };
}

/** Items are separated by single spaces; the first may follow the word `acl`. */
const withoutMaintain = (def: string): string => def.replace(MAINTAIN_ITEM, '');

const extensionsOf = ({ catalog }: Evidence): CatalogLine[] => catalog.filter(({ kind }) => kind === 'extension');

const versionOf = (line: CatalogLine | undefined): string => /^version ([^;]*)/.exec(line?.def ?? '')?.[1] ?? 'absent';

function changedExtensions(source: Evidence, target: Evidence): string[] {
  const after = new Map(extensionsOf(target).map((line) => [line.name, versionOf(line)]));
  return extensionsOf(source)
    .filter((line) => after.has(line.name) && after.get(line.name) !== versionOf(line))
    .map(({ name }) => name);
}

/** What an extension itself made changes with its version; only its members are printed without an owner. */
function isOfExtension({ kind, def }: CatalogLine, changed: readonly string[]): boolean {
  return (
    changed.length > 0 &&
    /^(?:table|view|materialized view|sequence|composite type)$/.test(kind) &&
    !def.startsWith('owner ')
  );
}

/** Where the older side only names the table before a column, it takes over the newer side's words. */
function withWordingOf(older: Evidence, newer: Evidence): Evidence {
  const words = new Map(newer.catalog.map((line) => [`${line.kind} ${line.name}`, line.def]));
  const catalog = older.catalog.map((line) => {
    const def = words.get(`${line.kind} ${line.name}`);
    const worded = line.kind.endsWith('view') || line.kind === 'rule' || line.kind === 'function';
    return worded && def !== undefined && sameButQualifiers(line.def, def) ? { ...line, def } : line;
  });
  return { ...older, catalog };
}
