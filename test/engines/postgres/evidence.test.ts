import { describe, expect, it } from 'vitest';
import { compareEvidence, digestOf, missingRows, parseEvidence } from '../../../src/engines/postgres/evidence.js';

const META = {
  k: 'meta',
  schema: 'dbctl.evidence/1',
  server_version_num: 150000,
  bootstrap: 'postgres',
  tables: 1,
  sequences: 1,
};
const LINES: readonly object[] = [
  META,
  { k: 'table', schema: 'public', name: 'a', rows: 2, digest: '1:2' },
  { k: 'sequence', schema: 'public', name: 's', last_value: '10', is_called: true, increment: '1', cycle: false },
  { k: 'largeobjects', count: 0, bytes: 0, digest: '0:0' },
  { k: 'catalog', kind: 'table', name: 'public.a', def: 'owner x' },
  { k: 'database', name: 'owner', def: 'x' },
];
const text = (lines: readonly object[]): string => lines.map((line) => JSON.stringify(line)).join('\n');
const parse = (lines: readonly object[] = LINES) => parseEvidence(text(lines));
const withSequence = (last: string, called: boolean, increment = '1', cycle = false) =>
  parse(
    LINES.map((line) =>
      'last_value' in line ? { ...line, last_value: last, is_called: called, increment, cycle } : line,
    ),
  );

describe('evidence', () => {
  it('does not depend on the order of its lines', () => {
    expect(digestOf(parse([...LINES].reverse()))).toBe(digestOf(parse()));
    expect(compareEvidence(parse(), parse([...LINES].reverse()), { sequences: 'equal' }).match).toBe(true);
  });

  it.each([
    ['a table is missing', LINES.filter((line) => !('rows' in line)), '0 of 1 tables'],
    ['a sequence is missing', LINES.filter((line) => !('last_value' in line)), '0 of 1 sequences'],
    ['the meta line is missing', LINES.slice(1), 'meta'],
    ['the large objects are missing', LINES.filter((line) => !('count' in line)), 'large object'],
    ['a line came twice', [...LINES, ...LINES.slice(1, 2)], 'twice'],
    ['a line has another shape', [...LINES, { k: 'table', name: 'x' }], 'unknown shape'],
  ])('is refused when %s', (_why, lines, message) => {
    expect(() => parse(lines)).toThrow(message);
  });

  it('is refused when it was cut', () => {
    expect(() => parseEvidence(text(LINES).slice(0, -3))).toThrow('not JSON');
  });

  it('tells what is not all there from what differs', () => {
    const one = { k: 'table', schema: 'public', name: 'b', rows: 5, digest: '3:4' };
    const more = LINES.map((line) => (line === META ? { ...META, tables: 2 } : line));
    const source = parse([...more, one]);
    expect(missingRows(source, parse())).toEqual([expect.stringMatching(/b.* with 5 rows is not there/)]);
    expect(missingRows(source, parse([...more, { ...one, rows: 4 }]))).toEqual([
      expect.stringContaining('4 of 5 rows'),
    ]);
    expect(missingRows(source, parse([...more, { ...one, rows: 6, digest: '0:0' }]))).toEqual([]);
  });

  it('leaves database-level facts out unless asked for', () => {
    const other = parse(LINES.map((line) => ('k' in line && line.k === 'database' ? { ...line, def: 'y' } : line)));
    expect(compareEvidence(parse(), other, { sequences: 'equal' }).match).toBe(true);
    const asked = compareEvidence(parse(), other, { sequences: 'equal', facts: ['database owner'] });
    expect(asked.catalogDiff).toEqual(['- database owner: x', '+ database owner: y']);
    expect(asked.match).toBe(false);
  });

  it('names what only one side has', () => {
    const more = parse([...LINES, { k: 'catalog', kind: 'index', name: 'public.i', def: 'd' }]);
    expect(compareEvidence(parse(), more, { sequences: 'equal' }).catalogDiff).toEqual(['+ index public.i: d']);
    expect(compareEvidence(more, parse(), { sequences: 'equal' }).catalogDiff).toEqual(['- index public.i: d']);
  });

  it.each([
    ['the same', '10', true, '1', 'at-least', true],
    ['ahead of a live source', '12', true, '1', 'at-least', true],
    ['behind a live source', '9', true, '1', 'at-least', false],
    ['at the value but not called', '10', false, '1', 'at-least', false],
    ['ahead of a fenced source', '12', true, '1', 'equal', false],
  ] as const)('judges a sequence that is %s', (_what, last, called, increment, sequences, match) => {
    const target = withSequence(last, called, increment);
    expect(compareEvidence(parse(), target, { sequences }).sequences).toEqual({ count: 1, match });
  });

  it('counts down for a falling sequence', () => {
    const from = withSequence('10', true, '-1');
    expect(compareEvidence(from, withSequence('8', true, '-1'), { sequences: 'at-least' }).match).toBe(true);
    expect(compareEvidence(from, withSequence('11', true, '-1'), { sequences: 'at-least' }).match).toBe(false);
  });
});
