import { DbctlError } from '../../errors/dbctl-error.js';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A quoted HCL2 string that reads back as `text`. Throws NAME_UNSAFE for what no HCL file can hold:
 * NUL, lone surrogates, and text that Unicode normalisation (which HCL applies) would change.
 */
export function hclString(text: string): string {
  refuseUnwritable(text);
  const quoted = text
    .replace(/[\\"\n\r\t]/g, (char) => ESCAPES[char] ?? char)
    .replace(/[\p{Cc}\u2028\u2029]/gu, unicodeEscape);
  return `"${quoted.replace(/([$%]+)\{/g, (_match, signs: string) => `${escapeSigns(signs)}{`)}"`;
}

/** HCL pairs the signs from the left, so all but the last are written as code points. */
const escapeSigns = (signs: string): string =>
  [...signs.slice(0, -1)].map(unicodeEscape).join('') + signs.slice(-1).repeat(2);

const unicodeEscape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * `<<EOT` … `EOT` around whole lines. Throws INTERNAL when `text` does not end with a newline,
 * NAME_UNSAFE as `hclString` does.
 */
export function hclHeredoc(text: string): string {
  refuseUnwritable(text);
  if (text.includes('\r')) throw new DbctlError('NAME_UNSAFE', 'a carriage return cannot be written in a heredoc');
  if (!text.endsWith('\n')) throw new DbctlError('INTERNAL', 'a heredoc holds whole lines only');
  const escaped = text.replace(/([$%]+)\{/g, (_match, signs: string) => `${heredocSigns(signs)}{`);
  const end = freeWord(text);
  return `<<${end}\n${escaped}${end}`;
}

/** A heredoc knows no `\u`, so the signs before the last go through an interpolated string. */
function heredocSigns(signs: string): string {
  const before = signs.slice(0, -1);
  return `${before === '' ? '' : `\${"${before}"}`}${signs.slice(-1).repeat(2)}`;
}

function freeWord(text: string): string {
  const taken = new Set(text.split('\n').map((line) => line.trim()));
  let word = 'EOT';
  while (taken.has(word)) word += '_';
  return word;
}

function refuseUnwritable(text: string): void {
  const why = text.includes('\0')
    ? 'a NUL byte'
    : /\p{Cs}/u.test(text)
      ? 'a lone surrogate'
      : text.normalize('NFC') !== text
        ? 'characters that are not in normal form C'
        : undefined;
  if (why === undefined) return;
  throw new DbctlError('NAME_UNSAFE', `${why} cannot be written in HCL`, { value: JSON.stringify(text) });
}
