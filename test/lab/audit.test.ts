import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerLine } from '../../lab/apps/shared/writer.js';
import { compareLedger, longestGaps, parseLedger, parseTokens } from '../../lab/audit.js';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const line = (kind: LedgerLine['kind'], token: string, seconds = 0): LedgerLine => ({ kind, token, ts: at(seconds) });
const written = (token: string, seconds = 0): LedgerLine[] => [
  line('intent', token, seconds),
  line('ack', token, seconds),
];

describe('audit of the ledger', () => {
  it('finds nothing wrong when every acknowledged row is there once', () => {
    const audit = compareLedger([...written('a'), ...written('b', 1)], ['a', 'b']);
    expect(audit).toMatchObject({
      acknowledged: 2,
      missing: [],
      doubled: [],
      unknownOutcome: 0,
      strangers: [],
      rowsInDatabase: 2,
    });
  });

  it('names an acknowledged write without a row as missing', () => {
    expect(compareLedger([...written('a'), ...written('b')], ['a']).missing).toEqual(['b']);
  });

  it('names a token of two rows as doubled once, however many rows there are', () => {
    const audit = compareLedger(written('a'), ['a', 'a', 'a']);
    expect(audit.doubled).toEqual(['a']);
    expect(audit.rowsInDatabase).toBe(3);
  });

  it('holds an attempt without an answer against nobody, whether its row is there or not', () => {
    const audit = compareLedger([line('intent', 'a'), line('intent', 'b'), line('error', 'b')], ['a']);
    expect(audit).toMatchObject({ missing: [], strangers: [], unknownOutcome: 2, unknownButThere: 1 });
  });

  it('names a row that was never announced as a stranger', () => {
    expect(compareLedger(written('a'), ['a', 'x']).strangers).toEqual(['x']);
  });

  it('accuses exactly the rows that were taken away or doubled, in any order', () => {
    const tokens = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 3, maxLength: 30 });
    fc.assert(
      fc.property(tokens, fc.nat(), fc.nat(), (all, a, b) => {
        const lost = all[a % all.length] ?? '';
        const rest = all.filter((token) => token !== lost);
        const twice = rest[b % rest.length] ?? '';
        const audit = compareLedger(
          all.flatMap((token) => written(token)),
          [twice, ...rest.reverse()],
        );
        expect([audit.missing, audit.doubled, audit.strangers]).toEqual([[lost], [twice], []]);
      }),
    );
  });

  it('tells the longest pause with the writes before and after it', () => {
    const gaps = longestGaps([at(0), at(0.1), at(7.6), at(7.7), at(9)]);
    expect(gaps).toEqual([
      { seconds: 7.5, lastAckBefore: at(0.1), firstAckAfter: at(7.6) },
      { seconds: 1.3, lastAckBefore: at(7.7), firstAckAfter: at(9) },
    ]);
  });

  it('has no pause to tell before the second write', () => {
    expect(longestGaps([at(0)])).toEqual([]);
  });

  it('reads a ledger whose last line was cut by the end of the app', () => {
    const text = `${JSON.stringify(line('intent', 'a'))}\n${JSON.stringify(line('ack', 'a'))}\n{"kind":"intent","tok`;
    expect(parseLedger(text).map(({ kind }) => kind)).toEqual(['intent', 'ack']);
  });

  it('refuses a list of tokens that was cut', () => {
    expect(parseTokens('2\na\nb\n')).toEqual(['a', 'b']);
    expect(parseTokens('0\n')).toEqual([]);
    expect(() => parseTokens('3\na\nb\n')).toThrow(/not whole/);
  });
});
