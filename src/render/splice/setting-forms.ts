import type { SettingForm } from '../presets.js';
import type { AddressText } from './address.js';
import { type ConnectionForm, connectionSpans, connectionText } from './connection-spans.js';
import type { Span } from './hcl-file.js';

export type PieceForm = Exclude<SettingForm, 'url'> | ConnectionForm;

/** A piece of a right side that holds the address, and what it becomes. */
export interface Piece extends Span {
  readonly form: PieceForm;
  readonly to: string;
}

/** What a key of that form holds for an address. */
export function formText(form: SettingForm, { host, port }: AddressText): string {
  switch (form) {
    case 'host':
      return host;
    case 'port':
      return port;
    case 'host:port':
    case 'url':
      return `${host}:${port}`;
  }
}

/** The pieces of a right side that an address changes, or why they cannot be told apart for certain. */
export function formPieces(
  form: SettingForm,
  source: string,
  value: Span,
  address: AddressText,
): { readonly pieces: readonly Piece[] } | { readonly why: string } {
  if (form !== 'url') return { pieces: [{ form, start: value.start, end: value.end, to: formText(form, address) }] };
  const found = connectionSpans(source.slice(value.start, value.end));
  if ('why' in found) return found;
  const pieces = found.spans.map((span) => ({
    form: span.form,
    start: value.start + span.start,
    end: value.start + span.end,
    to: connectionText(found.spans, span, address),
  }));
  return { pieces };
}

/** Where a piece that dbctl wrote stands now; undefined when the right side does not hold it any more. */
export function writtenPiece(form: PieceForm, source: string, value: Span, to: string): Span | undefined {
  if (form === 'host' || form === 'port' || form === 'host:port')
    return source.slice(value.start, value.end) === to ? value : undefined;
  const found = connectionSpans(source.slice(value.start, value.end));
  const span = 'why' in found ? undefined : found.spans.find((one) => one.form === form);
  if (span === undefined) return undefined;
  const start = value.start + span.start;
  const end = start + to.length;
  const whole =
    form === 'dsn.host' ? /^(?:[ \t"']|$)/.test(source.slice(end, value.end)) : end === value.start + span.end;
  return whole && source.slice(start, end) === to ? { start, end } : undefined;
}
