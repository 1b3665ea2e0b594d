import { REDACTED } from './secret.js';

/** Not computed: neither a template's action nor a reference of HCL. */
const LITERAL = String.raw`(?!\{\{|\$\{|var\.|local\.|file\()`;
const IN_URL = new RegExp(
  String.raw`(:\/\/(?:\{\{[^{}]*\}\}|\$\{[^{}]*\}|[^\s:@\/{}"'])*:)${LITERAL}[^\s@"'\/]+@`,
  'g',
);
const IN_WORDS = new RegExp(
  String.raw`((?:[A-Za-z0-9_.-]*(?:pass(?:word|wd|wort)?|pwd|secret|token|credential|(?:api|private|encryption|access|app|jwt|signing)_?key)[A-Za-z0-9_-]*)["']?\s*[=:]\s*\\?["']?)${LITERAL}[^\s"'\\,;{}\[\]]+`,
  'gi',
);

/** Text of an operator's file for people and programs: passwords that are written out in it are hidden. */
export const maskLine = (text: string): string =>
  text
    .replaceAll(IN_URL, `$1${REDACTED}@`)
    .replaceAll(IN_WORDS, (whole, head: string) =>
      /[=:]\s*\\?["']?(?:true|false|null|\d{1,3}|\/\S*)$/i.test(whole) ? whole : `${head}${REDACTED}`,
    );
