import { mapTexts } from './map-texts.js';
import { REDACTED } from './secret.js';

/** What looks like a secret wherever it stands, though nobody has revealed it here. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/SCRAM-SHA-256\$[^\s"',]+/g, REDACTED],
  [/\bmd5[0-9a-f]{32}\b/g, REDACTED],
  [/\bAGE-SECRET-KEY-[A-Z0-9]+/g, REDACTED],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/\b(?:hvs|hvb|hvr)\.[A-Za-z0-9_-]{8,}/g, REDACTED],
  [/(:\/\/)[^/@\s"']*@/g, `$1${REDACTED}@`],
  [/\b((?:pass(?:word|wd)?|token|secret|api[_-]?key)["']?\s*[=:]\s*)(["']?)[^\s"',;&}]+\2/gi, `$1$2${REDACTED}$2`],
];

export const scrub = (text: string): string =>
  SHAPES.reduce((clean, [shape, instead]) => clean.replaceAll(shape, instead), text);

/** The same for every text in a plain value; keys stay. */
export function scrubbed<T>(value: T): T {
  return mapTexts(value, scrub) as T;
}
