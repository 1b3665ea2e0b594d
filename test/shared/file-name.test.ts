import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeFolder } from '../../src/dataplane/put-files.js';
import { fileName } from '../../src/shared/file-name.js';

describe('a name as a folder', () => {
  it('stays as it is where it can', () => {
    for (const name of ['speedtest', 'prowlarr_main', 'my-app', '0cron', '_x']) expect(fileName(name)).toBe(name);
  });

  it.each([
    ['..', '-.2e.2e'],
    ['a/b', 'a.2fb'],
    ['-rf', '-.2drf'],
    ['ü', '-.c3.bc'],
    ['a b.c', 'a.20b.2ec'],
  ])('hides what is not safe: %s', (name, folder) => {
    expect(fileName(name)).toBe(folder);
  });

  it('is safe for every name, and never that of another', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(safeFolder(fileName(a))).toBe(fileName(a));
        expect(fileName(a) === fileName(b)).toBe(a === b);
      }),
    );
    const nasty = fc.string({ unit: fc.constantFrom('-', '.', '2', 'd', 'e', '_', '/'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(nasty, nasty, (a, b) => {
        expect(safeFolder(fileName(a))).toBe(fileName(a));
        expect(fileName(a) === fileName(b)).toBe(a === b);
      }),
      { numRuns: 3000 },
    );
  });
});
