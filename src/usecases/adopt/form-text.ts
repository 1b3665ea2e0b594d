import {
  type AddressText,
  addressPiece,
  connectionSpans,
  connectionText,
  type SettingRole,
} from '../../render/index.js';

/** What a right side becomes, as an operator would write it; `undefined` where that cannot be told. */
export function formText(role: SettingRole, written: string, address: AddressText, inEnv: boolean): string | undefined {
  const mark = inEnv ? '"' : (/^(["'])[\s\S]*\1$/.exec(written)?.[1] ?? '');
  const quote = (text: string): string => `${mark}${text}${mark}`;
  if (role === 'host') return quote(address.host);
  if (role === 'port') return quote(address.port);
  if (role === 'host:port') return quote(`${address.host}:${address.port}`);
  return role === 'url' ? urlText(written, address) : undefined;
}

function urlText(written: string, address: AddressText): string | undefined {
  const found = connectionSpans(written);
  if ('why' in found) {
    const piece = addressPiece(written);
    return piece === '' ? undefined : written.replace(piece, () => `${address.host}:${address.port}`);
  }
  return found.spans
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (text, span) =>
        `${text.slice(0, span.start)}${connectionText(found.spans, span, address)}${text.slice(span.end)}`,
      written,
    );
}
