import type { z } from 'zod';
import { type JsonSchema, knownKeys } from './json-schema.js';
import type { KeyPath } from './key-lines.js';
import { suggest } from './suggest.js';

export interface Problem {
  readonly path: KeyPath;
  readonly text: string;
}

/** One zod issue in words: what was expected, what is there, what was probably meant. */
export const describeIssue = (issue: z.core.$ZodIssue, file: unknown, schema: JsonSchema): Problem[] => {
  const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  const value = valueAt(file, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], text: unknownKey(key, knownKeys(schema, path)) }));
    case 'invalid_value':
      return [{ path, text: invalidValue(issue.values.map(String), value) }];
    case 'invalid_type':
      return [{ path, text: invalidType(issue.expected, issue.message, value) }];
    case 'too_small':
      return [{ path, text: plain(issue.message, `expected at least ${issue.minimum}, got ${shown(value)}`, value) }];
    case 'too_big':
      return [{ path, text: plain(issue.message, `expected at most ${issue.maximum}, got ${shown(value)}`, value) }];
    case 'invalid_key':
      return [{ path, text: issue.issues.map((inner) => inner.message).join('; ') }];
    default:
      return [{ path, text: value === undefined ? issue.message : `${issue.message}, got ${shown(value)}` }];
  }
};

const invalidType = (type: string, message: string, value: unknown): string => {
  if (value === undefined) return `missing, expected ${article(type)}`;
  return plain(message, `expected ${article(type)}, got ${shown(value)}`, value);
};

const plain = (message: string, fallback: string, value: unknown): string =>
  /^(?:Too|Invalid) /.test(message) ? fallback : `${message}, got ${shown(value)}`;

const unknownKey = (key: string, known: readonly string[]): string => {
  const near = suggest(key, known);
  return near === undefined ? `unknown key, known here: ${known.join(', ')}` : `unknown key, did you mean "${near}"?`;
};

const invalidValue = (allowed: readonly string[], value: unknown): string => {
  const expected = `expected ${allowed.join('|')}`;
  if (value === undefined) return `missing, ${expected}`;
  const near = typeof value === 'string' ? suggest(value, allowed) : undefined;
  return `${expected}, got ${shown(value)}${near === undefined ? '' : `, did you mean "${near}"?`}`;
};

const WORDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
  number: 'a number',
};

const article = (type: string): string => WORDS[type] ?? type;

/** The wrong value, short, and without the password of a URL. */
const shown = (value: unknown): string => {
  const text = (JSON.stringify(value) ?? String(value)).replaceAll(/:\/\/[^/@"]*@/g, '://[secret]@');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const valueAt = (file: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>(
    (value, segment) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[segment] : undefined,
    file,
  );
