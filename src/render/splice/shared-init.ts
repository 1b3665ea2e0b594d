import { DbctlError } from '../../errors/dbctl-error.js';
import { applyEdits } from './apply-edits.js';
import { lineEnd, lineStart, type Span } from './hcl-file.js';
import type { Hcl } from './load-hcl.js';
import { mentions, otherNames, type ServiceNames } from './name-mentions.js';
import { removalSpans } from './removal-spans.js';
import { type SqlScript, sqlScripts } from './sql-regions.js';
import { type SqlItem, sqlItems } from './sql-statements.js';
import { unsupported } from './unsupported.js';

export type { ServiceNames } from './name-mentions.js';

const SYSTEM: readonly string[] = ['postgres', 'template0', 'template1', 'public'];

/**
 * Takes one service's statements out of the SQL of the shared job's heredocs; `removed` quotes them without
 * literal passwords. Nothing found: the same text and an empty list.
 * Throws JOBSPEC_UNSUPPORTED, naming the line, for a statement or shell line that also serves others.
 */
export function removeServiceFromInit(
  hcl: Hcl,
  source: string,
  ours: ServiceNames,
): { text: string; removed: string[] } {
  for (const name of [...ours.databases, ours.role]) {
    if (SYSTEM.includes(name.toLowerCase()))
      throw new DbctlError('JOBSPEC_UNSUPPORTED', `"${name}" is no service's own name`);
  }
  const scripts = sqlScripts(hcl.parse(source)).filter(({ sql }) => sql.length > 0);
  const all = scripts.flatMap(({ sql }) => sql.map(({ start, end }) => source.slice(start, end))).join('\n');
  const others = otherNames(all, ours);
  const found = scripts.flatMap((script) => scriptItems(source, script, ours, others));
  return {
    text: applyEdits(
      source,
      found.flatMap(({ spans }) => spans.map((span) => ({ ...span, text: '' }))),
    ),
    removed: found.flatMap(({ removed }) => removed),
  };
}

interface Found {
  readonly spans: readonly Span[];
  readonly removed: readonly string[];
}

function scriptItems(
  source: string,
  { sql, shell }: SqlScript,
  ours: ServiceNames,
  others: readonly string[],
): Found[] {
  const found = sql.map((region) => regionItems(source, region, ours, others));
  if (found.some(({ removed }) => removed.length > 0)) for (const span of shell) checkShell(source, span, ours);
  return found;
}

function regionItems(source: string, region: Span, ours: ServiceNames, others: readonly string[]): Found {
  const text = source.slice(region.start, region.end);
  if (!isOurs(text, ours)) return { spans: [], removed: [] };
  const items = sqlItems(text);
  if (items === undefined) return unsupported(source, region.start, 'a quote in this SQL never ends');
  const gone = new Set<SqlItem>();
  let connected = false;
  for (const item of items.filter(({ kind }) => kind !== 'comment')) {
    const code = text.slice(item.start, item.end);
    const target = /^\\c(?:onnect)?\s+["']?([^\s"']+)/.exec(code)?.[1];
    if (target !== undefined) connected = ours.databases.includes(target);
    if (!connected && !isOurs(code, ours)) continue;
    const other = others.find((name) => mentions(code, name));
    if (other !== undefined)
      unsupported(source, region.start + item.start, `a statement serves both ${ours.databases[0]} and ${other}`);
    gone.add(item);
  }
  const spans = removalSpans(
    text,
    items,
    gone,
    (comment) => isOurs(comment, ours),
    (comment) => others.some((name) => mentions(comment, name)),
  );
  return {
    spans: spans.map(({ start, end }) => ({ start: region.start + start, end: region.start + end })),
    removed: [...gone].map(({ start, end }) => withoutPassword(text.slice(start, end))),
  };
}

const isOurs = (text: string, { databases, role }: ServiceNames): boolean =>
  [...databases, role].some((name) => mentions(text, name));

const withoutPassword = (sql: string): string => sql.replace(/(\bPASSWORD\s+)(E?'(?:[^']|'')*')/gi, "$1'[secret]'");

/** A loop or a `psql -c` that names the service would go on making its database. Comments and messages do no harm. */
function checkShell(source: string, span: Span, ours: ServiceNames): void {
  for (let at = span.start; at < span.end; at = lineEnd(source, at)) {
    const line = source.slice(lineStart(source, at), Math.min(lineEnd(source, at), span.end)).trim();
    if (/^(?:#|echo\b|printf\b|log\b)/.test(line) || !isOurs(line, ours)) continue;
    unsupported(
      source,
      at,
      `the shell line names ${[...ours.databases, ours.role].find((name) => mentions(line, name))}; dbctl changes SQL only`,
      'take the service out of it by hand',
    );
  }
}
