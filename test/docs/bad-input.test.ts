import { describe, expect, it } from 'vitest';
import { CHAPTERS } from '../e2e/bad-input/cases.js';
import { readPage } from '../e2e/bad-input/page.js';

const cases = CHAPTERS.flatMap((chapter) => chapter.cases);

describe('docs/bad-input.md', () => {
  it('has one row for each case, in the same order', () => {
    expect(readPage().map(({ input }) => input)).toEqual(cases.map(({ input }) => input));
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it.each(cases)('tells exit, code, message and next step of: $input', (bad) => {
    const row = readPage().find(({ input }) => input === bad.input);
    expect({ exit: row?.exit, code: row?.code }).toEqual({ exit: bad.exit, code: bad.code });
    expect(row?.message).toMatch(bad.says);
    expect(row?.next).toMatch(bad.next);
  });
});
