import { mapTexts } from './map-texts.js';
import { REDACTED, Secret } from './secret.js';
import { secretForms } from './secret-forms.js';

/** Text that leaves the process, with `[secret]` in place of every value that was ever revealed, in whatever form. */
export function redact(text: string): string {
  const forms = [...Secret.revealed].flatMap(secretForms).sort((a, b) => b.length - a.length);
  return forms.reduce((clean, form) => clean.replaceAll(form, REDACTED), text);
}

/** The same for every text in a plain value; keys stay. */
export function redacted<T>(value: T): T {
  return mapTexts(value, redact) as T;
}
