import { applyEdits } from './apply-edits.js';
import { attributeOf, blocksOf, type HclFile } from './hcl-file.js';
import { formPieces } from './setting-forms.js';
import type { EnvPlace } from './setting-places.js';
import { type Change, textAt, type Work } from './setting-work.js';

/**
 * `DATABASE_URL = local.database`: the text that the file gives the name is written in its place, with the new address.
 * The definition stays, others may use it. `undefined` where the value is no such name, or no address is in sight in it.
 */
export function writtenInPlace(work: Work, place: EnvPlace): Change[] | undefined {
  const from = work.source.slice(place.value.start, place.value.end);
  const text = definitionOf(work.file, from);
  if (text === undefined) return undefined;
  const found = formPieces('url', text, { start: 0, end: text.length }, textAt(work, place));
  if ('why' in found) return undefined;
  const to = applyEdits(
    text,
    found.pieces.map(({ start, end, to: piece }) => ({ start, end, text: piece })),
  );
  const row = { task: work.task, place: place.place, key: place.key };
  const address = found.pieces.map(({ start, end }) => text.slice(start, end)).join(' ');
  return [
    {
      edit: { ...place.value, text: to },
      kept: { ...row, form: 'host', from, to },
      settings: [{ ...row, from: address, to: found.pieces.map((piece) => piece.to).join(' ') }],
    },
  ];
}

/** The quoted text of a local, or of a variable's default. */
function definitionOf(file: HclFile, written: string): string | undefined {
  const [, kind, name = ''] = /^(?:"\$\{\s*)?(local|var)\.([\w-]+)(?:\s*\}")?$/.exec(written.trim()) ?? [];
  const value =
    kind === 'local'
      ? blocksOf(file, 'locals').flatMap(({ body }) => attributeOf(body, name)?.value ?? [])[0]
      : blocksOf(file, 'variable')
          .filter(({ labels }) => labels[0] === name)
          .flatMap(({ body }) => attributeOf(body, 'default')?.value ?? [])[0];
  const text = value && file.source.slice(value.start, value.end);
  return kind !== undefined && text !== undefined && /^"[^"\\\n]*"$/.test(text) ? text : undefined;
}
