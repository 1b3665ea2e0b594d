import type { PresetKey } from '../presets.js';
import { addressText, renamedLookup } from './address.js';
import { applyEdits } from './apply-edits.js';
import { connectionSpans } from './connection-spans.js';
import { actionBlocks, goActions, isServiceLookup } from './go-actions.js';
import type { Span } from './hcl-file.js';
import type { KeptChange } from './kept-change.js';
import { DEPENDS, independent } from './lookup-block.js';
import { formPieces, formText } from './setting-forms.js';
import type { TemplatePlace } from './setting-places.js';
import { type Change, type RewrittenKey, textAt, type Work } from './setting-work.js';
import { unsupported } from './unsupported.js';

/** A line without the space around it: what is kept whole must be found whole again. */
export function lineSpan({ template: { text, body }, line }: TemplatePlace): Span {
  const raw = text.slice(line.start, line.end);
  const start = line.start + (raw.length - raw.trimStart().length);
  return { start: body.start + start, end: body.start + start + raw.trim().length };
}

/** The line with another right side. */
function wholeLine(
  work: Work,
  place: TemplatePlace,
  value: string,
  shown: { from: string; to: string },
): Change & { readonly kept: KeptChange } {
  const span = lineSpan(place);
  const from = work.source.slice(span.start, span.end);
  const to = work.source.slice(span.start, place.value.start) + value + work.source.slice(place.value.end, span.end);
  return {
    edit: { ...span, text: to },
    kept: { task: work.task, place: place.place, key: place.key, form: 'lines', from, to },
    settings: [{ task: work.task, place: place.place, key: place.key, ...shown }],
  };
}

/** A lookup of the shared service by name becomes one of the new service; the operator's way of asking stays. */
export function renamed(work: Work, place: TemplatePlace, key: RewrittenKey): Change | undefined {
  const value = work.source.slice(place.value.start, place.value.end);
  const text = renamedLookup(value, work.shared.service, work.address);
  if (text === undefined || work.address.kind !== 'service') return undefined;
  const shown = key.form === 'url' ? { from: work.shared.service, to: work.address.name } : { from: value, to: text };
  return wholeLine(work, place, text, shown);
}

/** The app's default port is not ours, so the port gets a line of its own under the host's. */
export function withPort(work: Work, place: TemplatePlace, key: RewrittenKey, missing: PresetKey): Change {
  const { line, template } = place;
  if (place.place === 'file')
    return unsupported(work.source, place.value.start, `${missing.key} is not set`, `set it beside ${place.key}`);
  const address = textAt(work, place);
  const eol = template.text.includes('\r\n') ? '\r\n' : '\n';
  const indent = /^[ \t]*/.exec(template.text.slice(line.start, line.end))?.[0] ?? '';
  const host = work.source.slice(place.value.start, place.value.end);
  const change = wholeLine(work, place, formText(key.form, address), { from: host, to: formText(key.form, address) });
  const to = `${change.edit.text}${eol}${indent}${missing.key}=${address.port}`;
  const row = { task: work.task, place: place.place, key: missing.key, from: missing.default ?? '', to: address.port };
  return {
    edit: { ...change.edit, text: to },
    kept: { ...change.kept, to },
    settings: [...change.settings, row],
  };
}

/**
 * A connection string that stands inside a lookup of the shared instance as a whole: the lookup goes, because without a
 * shared instance it would give nothing at all.
 */
export function inlineLookup(work: Work, place: TemplatePlace, key: RewrittenKey): Change | undefined {
  const value = work.source.slice(place.value.start, place.value.end);
  const quote = /^(["']).*\1$/s.exec(value)?.[1] ?? '';
  const text = value.slice(quote.length, value.length - quote.length);
  const outer = (actionBlocks(goActions(text) ?? []) ?? [])[0];
  if (key.form !== 'url' || outer === undefined || outer.start !== 0 || outer.end !== text.length) return undefined;
  if (!isServiceLookup(outer) || outer.hasElse) return undefined;
  const inner = rewrittenString(text.slice(outer.open.end, outer.close.start), work);
  const why = 'why' in inner ? inner.why : independent(inner.text) ? undefined : DEPENDS;
  if ('why' in inner || why !== undefined) return unsupported(work.source, place.value.start, `${place.key}: ${why}`);
  return wholeLine(work, place, `${quote}${inner.text}${quote}`, { from: inner.from, to: inner.to });
}

interface Rewritten {
  readonly text: string;
  /** Host and port only: the rest may hold a secret. */
  readonly from: string;
  readonly to: string;
}

/** A connection string of a template with another address. */
export function rewrittenString(text: string, work: Work): Rewritten | { readonly why: string } {
  const address = addressText(work.address, 'template');
  if (address === undefined) return { why: 'it cannot hold that address' };
  const found = formPieces('url', text, { start: 0, end: text.length }, address);
  if ('why' in found) return found;
  const out = applyEdits(
    text,
    found.pieces.map(({ start, end, to }) => ({ start, end, text: to })),
  );
  const seen = connectionSpans(text);
  const from = 'why' in seen ? '' : seen.spans.map(({ start, end }) => text.slice(start, end)).join(' ');
  return { text: out, from, to: found.pieces.map(({ to }) => to).join(' ') };
}
