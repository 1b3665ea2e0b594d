import { DbctlError } from '../../errors/dbctl-error.js';
import { renderTemplate } from '../handlebars.js';
import { goString } from '../helpers/go-template.js';
import { readTemplate } from '../templates.js';
import { applyEdits } from './apply-edits.js';
import { lineEnd, lineStart, type Span } from './hcl-file.js';
import type { Hcl } from './load-hcl.js';
import type { ServiceNames } from './name-mentions.js';
import { removeServiceFromInit } from './shared-init.js';
import { sqlScripts } from './sql-regions.js';
import { sqlItems } from './sql-statements.js';

export interface InitBlock extends ServiceNames {
  readonly service: string;
  readonly vault: { readonly path: string; readonly key: string };
  readonly extensions: readonly string[];
}

/**
 * Adds one service's block to the SQL of the shared job that makes databases, after the last statement there. A service
 * that the SQL names already changes nothing. A block that finalize could not take out again is not handed out.
 * Throws JOBSPEC_UNSUPPORTED when no SQL of the file makes databases, NAME_UNSAFE.
 */
export function addServiceToInit(hcl: Hcl, source: string, block: InitBlock): { text: string; added: boolean } {
  const names = [...block.databases, block.role];
  if (!names.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)))
    throw new DbctlError('NAME_UNSAFE', 'the init script of the shared job takes plain names only', {
      value: names.join(', '),
      next: 'choose --database and --role of letters, digits and _',
    });
  if (removeServiceFromInit(hcl, source, block).removed.length > 0) return { text: source, added: false };
  const at = placeOf(hcl, source);
  const text = applyEdits(source, [{ start: at.offset, end: at.offset, text: blockText(block, at) }]);
  const back = removeServiceFromInit(hcl, text, block).text;
  if (whatCounts(back) === whatCounts(source)) return { text, added: true };
  throw new DbctlError('JOBSPEC_UNSUPPORTED', 'the block for the init script could not be taken out again', {
    next: 'add the database to the shared job by hand',
  });
}

/** Empty lines, and a way back to the database where the script is anyway, do nothing. */
const whatCounts = (text: string): string => text.replaceAll(/^[ \t]*(?:\\c postgres)?[ \t]*\r?\n/gm, '');

interface Place {
  readonly offset: number;
  readonly indent: string;
  /** `$$`, or `\$\$` where a shell reads the text first. */
  readonly dollars: string;
}

function placeOf(hcl: Hcl, source: string): Place {
  const regions = sqlScripts(hcl.parse(source)).flatMap(({ sql }) => sql);
  const makers = regions.filter(({ start, end }) => /\bCREATE\s+DATABASE\b/i.test(source.slice(start, end)));
  const [region, second] = makers;
  if (region === undefined || second !== undefined)
    throw new DbctlError(
      'JOBSPEC_UNSUPPORTED',
      `${makers.length} scripts of the shared job make databases, need exactly one`,
      { next: 'add the database to the shared job by hand' },
    );
  return placeIn(source, region);
}

function placeIn(source: string, region: Span): Place {
  const text = source.slice(region.start, region.end);
  const last = sqlItems(text)?.findLast(({ kind }) => kind === 'statement');
  if (last === undefined) throw new DbctlError('JOBSPEC_UNSUPPORTED', 'the SQL of the shared job cannot be read');
  const begin = region.start + last.start;
  return {
    offset: lineEnd(source, region.start + last.end - 1),
    indent: /^[ \t]*/.exec(source.slice(lineStart(source, begin), begin))?.[0] ?? '',
    dollars: text.includes('\\$\\$') ? '\\$\\$' : '$$',
  };
}

function blockText({ service, databases, role, vault, extensions }: InitBlock, { indent, dollars }: Place): string {
  const text = renderTemplate(readTemplate('shared-block.sql'), {
    ...{ service, databases, role, dollars },
    path: goString(vault.path),
    key: goString(vault.key),
    extensions: extensions.map((name) => ({ name })),
  });
  return text.replace(/^(?=.)/gm, indent);
}
