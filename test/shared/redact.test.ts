import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redacted } from '../../src/shared/redact.js';
import { Secret } from '../../src/shared/secret.js';
import { isTellable, secretForms } from '../../src/shared/secret-forms.js';
import { hostileText } from '../support/hostile-text.js';

const revealed = (text: string): string => new Secret(text).reveal();

/** How text is written by those who were given it. */
const ENCODERS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  JSON: (text) => JSON.stringify(text),
  URL: encodeURIComponent,
  form: (text) => new URLSearchParams({ p: text }).toString(),
  'base64 of a longer text': (text) => Buffer.from(`user:${text}:end`).toString('base64'),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(`x${text}`).toString('base64url'),
  hex: (text) => Buffer.from(`x${text}`).toString('hex'),
  SQL: (text) => `'${text.replaceAll("'", "''")}'`,
  shell: (text) => `'${text.replaceAll("'", `'\\''`)}'`,
  pgpass: (text) => `*:*:*:*:${text.replace(/[\\:]/g, '\\$&')}`,
};

const secrets = fc
  .tuple(hostileText(), fc.string({ minLength: 12, maxLength: 24, unit: 'grapheme-ascii' }))
  .map(([odd, plain]) => `${plain}${odd}${plain.slice(0, 3)}`);

describe('what leaves the process', () => {
  it.each(Object.keys(ENCODERS))('holds no revealed secret in the form: %s', (name) => {
    const encode = ENCODERS[name] as (text: string) => string;
    fc.assert(
      fc.property(secrets.filter(isTellable), (secret) => {
        revealed(secret);
        const text = `before ${encode(secret)} after`;
        const clean = redact(text);
        expect(clean).toContain('[secret]');
        for (const form of secretForms(secret)) expect(clean).not.toContain(form);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps what was never revealed, and words that are no secret to anybody', () => {
    const quiet = new Secret('10.88.2.1:5432');
    revealed('postgres');
    expect(redact('job postgres at 10.88.2.1:5432')).toBe('job postgres at 10.88.2.1:5432');
    expect(`${quiet} ${JSON.stringify({ quiet })} ${inspect({ quiet })}`).toBe(
      '[secret] {"quiet":"[secret]"} { quiet: [secret] }',
    );
  });

  it('redacts a value at any depth and leaves other kinds as they are', () => {
    revealed('hunter-2-hunter');
    const at = new Date(0);
    expect(redacted({ a: ['x hunter-2-hunter', 1, null], b: { c: at, d: undefined } })).toEqual({
      a: ['x [secret]', 1, null],
      b: { c: at, d: undefined },
    });
  });
});
