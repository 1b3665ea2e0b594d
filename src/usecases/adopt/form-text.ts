import type { SettingRole } from '../../render/index.js';
import { type AddressText, addressPiece, connectionSpans } from '../../render/index.js';

/** What a right side becomes, as an operator would write it; `undefined` where that cannot be told. */
export function formText(
  role: SettingRole,
  written: string,
  { host, port }: AddressText,
  inEnv: boolean,
): string | undefined {
  const quote = (text: string): string => (inEnv ? `"${text}"` : text);
  if (role === 'host') return quote(host);
  if (role === 'port') return quote(port);
  if (role === 'host:port') return quote(`${host}:${port}`);
  return role === 'url' ? urlText(written, `${host}:${port}`) : undefined;
}

function urlText(written: string, address: string): string | undefined {
  const found = connectionSpans(written);
  const piece = addressPiece(written);
  if ('why' in found || found.spans.some(({ form }) => form !== 'url'))
    return piece === '' ? undefined : written.replace(piece, address);
  const [span] = found.spans;
  return span === undefined ? undefined : `${written.slice(0, span.start)}${address}${written.slice(span.end)}`;
}
