import { DbctlError } from '../../errors/dbctl-error.js';
import type { Span } from './hcl-file.js';

export interface Edit extends Span {
  readonly text: string;
}

/** Applies edits that do not overlap; all else stays byte for byte. Edits at the same place keep their order. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  const sorted = edits
    .map((edit, order) => ({ ...edit, order }))
    .sort((a, b) => a.start - b.start || a.order - b.order);
  let out = '';
  let at = 0;
  for (const edit of sorted) {
    if (edit.start < at) throw new DbctlError('INTERNAL', 'two changes to the jobspec overlap');
    out += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + source.slice(at);
}
