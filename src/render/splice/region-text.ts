import { indentHcl } from '../indent-hcl.js';
import type { KeptChange } from './kept-change.js';
import { keptLine } from './kept-change.js';
import type { Layout } from './layout.js';
import { closeMark, openMark, type RegionKind } from './marks.js';

type Place = Pick<Layout, 'indent' | 'unit' | 'eol'>;

/** The hash of the opening mark covers what undoing needs, that of the closing mark everything in between. */
export function regionText(kind: RegionKind, kept: readonly string[], hcl: string, place: Place): string {
  const comments = kept.map((line) => `${place.indent}${line}${place.eol}`).join('');
  const body = comments + indentHcl(hcl, place.indent, place.unit, place.eol);
  const open = `${place.indent}${openMark(kind, kept.join('\n'))}${place.eol}`;
  return `${open}${body}${place.indent}${closeMark(kind, body)}${place.eol}`;
}

const NOTE = '# Rendered by dbctl: change dbctl.yaml, not these lines. "was" keeps what dbctl changed in this file.';

export const partRegion = (kept: readonly KeptChange[], hcl: string, place: Place): string =>
  regionText('part', kept.map(keptLine), `${NOTE}\n${hcl}`, place);
