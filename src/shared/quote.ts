import { DbctlError } from '../errors/dbctl-error.js';

const NUL = '\u0000';

function refuseNul(text: string, kind: string): void {
  if (!text.includes(NUL)) return;
  throw new DbctlError('NAME_UNSAFE', `a NUL byte cannot be written as ${kind}`, { value: JSON.stringify(text) });
}

/** A double-quoted SQL identifier, always quoted so that case and keywords need no rules. Throws NAME_UNSAFE. */
export function sqlIdent(name: string): string {
  refuseNul(name, 'an SQL identifier');
  if (name === '') throw new DbctlError('NAME_UNSAFE', 'an SQL identifier cannot be empty');
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL string literal that reads the same whatever `standard_conforming_strings` is. Throws NAME_UNSAFE. */
export function sqlLiteral(text: string): string {
  refuseNul(text, 'an SQL literal');
  const doubled = text.replaceAll("'", "''");
  return text.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** One word of POSIX sh, taken literally. Throws NAME_UNSAFE. */
export function shQuote(text: string): string {
  refuseNul(text, 'a shell word');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
