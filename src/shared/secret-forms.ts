/** Shorter pieces occur by chance. */
const SHORTEST = 8;
const LONG = 16;

/**
 * Whether text can be searched for this value: a short word of letters only (`postgres`) stands in half of all lines and is
 * no secret to anybody.
 */
export const isTellable = (secret: string): boolean =>
  secret.length >= SHORTEST && (secret.length >= LONG || !/^[A-Za-z]+$/.test(secret));

/**
 * A secret as it is and in every form in which quoting and encoding carry it: URL (both ways), JSON, SQL, shell, password
 * file, hex, base64 and base64url at any offset of a longer text. None for a value that is not tellable.
 */
export function secretForms(secret: string): string[] {
  if (!isTellable(secret)) return [];
  const hex = Buffer.from(secret).toString('hex');
  const base64 = [0, 1, 2].map((offset) => base64Core(secret, offset));
  const url = encodeURIComponent(secret);
  const forms = [
    secret,
    ...[url, url.replace(/[!'()*]/g, percent), form(secret), lower(url), lower(form(secret))],
    ...[JSON.stringify(secret).slice(1, -1), escapedJson(secret)],
    ...[secret.replaceAll("'", "''"), secret.replaceAll('\\', '\\\\').replaceAll("'", "''")],
    ...[secret.replaceAll("'", `'\\''`), secret.replace(/[\\:]/g, '\\$&')],
    ...[hex, hex.toUpperCase()],
    ...base64,
    ...base64.map((core) => core.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  return [...new Set(forms)].filter((one) => one.length >= SHORTEST);
}

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
const form = (text: string): string => new URLSearchParams({ k: text }).toString().slice(2);
const lower = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());

/** As encoders write it that keep to ASCII. */
const escapedJson = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[<>&\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The characters that do not depend on what stands beside it. */
function base64Core(secret: string, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString('base64');
  const whole = Math.floor(((offset + Buffer.byteLength(secret)) * 8) / 6);
  return text.slice(Math.ceil((offset * 8) / 6), whole);
}
