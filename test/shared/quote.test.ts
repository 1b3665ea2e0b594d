import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shQuote, sqlIdent, sqlLiteral } from '../../src/shared/quote.js';

describe('quoting', () => {
  it('gives a shell word back byte for byte', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((word) => !word.includes('\u0000'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (words) => {
        const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(shQuote).join(' ')}`]);
        expect(stdout.toString('utf8').split('\u0000').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves no way out of an SQL literal or name', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('\u0000') && text !== '');
        const literal = sqlLiteral(text).trim();
        const escaped = literal.startsWith('E');
        const body = literal.slice(escaped ? 2 : 1, -1).replaceAll("''", "'");
        expect(escaped ? body.replaceAll('\\\\', '\\') : body).toBe(text);
        expect(sqlIdent(text).slice(1, -1).replaceAll('""', '"')).toBe(text);
      }),
    );
  });

  it('refuses what cannot be written', () => {
    for (const quote of [shQuote, sqlIdent, sqlLiteral]) expect(() => quote('a\u0000b')).toThrow('NUL');
    expect(() => sqlIdent('')).toThrow('empty');
  });
});
