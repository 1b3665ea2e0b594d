import { REDACTED, Secret } from './secret.js';
import { secretForms } from './secret-forms.js';

/** Text that leaves the process, with `[secret]` in place of every value that was ever revealed, in whatever form. */
export function redact(text: string): string {
  const forms = [...Secret.revealed].flatMap(secretForms).sort((a, b) => b.length - a.length);
  return forms.reduce((clean, form) => clean.replaceAll(form, REDACTED), text);
}

/** The same for every text in a plain value; keys stay. */
export function redacted<T>(value: T): T {
  return walk(value) as T;
}

function walk(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(walk);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one)]));
}
