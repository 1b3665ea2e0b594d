import { describe, expect, it } from 'vitest';
import { parseEvidence } from '../../../src/engines/postgres/evidence.js';
import type { TableWrites } from '../../../src/engines/postgres/health.js';
import { judgeTables } from '../../../src/engines/postgres/judge-tables.js';

const evidence = (tables: Record<string, readonly [number, string]>) =>
  parseEvidence(
    [
      {
        k: 'meta',
        schema: 'dbctl.evidence/1',
        server_version_num: 150000,
        bootstrap: 'postgres',
        tables: Object.keys(tables).length,
        sequences: 0,
      },
      { k: 'largeobjects', count: 0, bytes: 0, digest: '0:0' },
      ...Object.entries(tables).map(([name, [rows, digest]]) => ({ k: 'table', schema: 'public', name, rows, digest })),
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  );

const writes = (name: string, counted: Partial<TableWrites> = {}): TableWrites => ({
  schema: 'public',
  name,
  inserted: 10,
  updated: 0,
  deleted: 0,
  unlogged: false,
  ...counted,
});

/** A table of ten rows when it was moved. */
const judge = (now: readonly [number, string] | null, counted: Partial<TableWrites> = {}) => {
  const before = evidence({ a: [10, 'x'], b: [10, 'x'] });
  const later = evidence({ ...(now === null ? {} : { a: now }), b: [10, 'x'] });
  const [first] = judgeTables(before, later, [
    writes('a', counted),
    writes('b', { inserted: counted.inserted === 0 ? 0 : 10 }),
  ]);
  return first;
};

describe('a table since its move', () => {
  it.each([
    ['is as it was', [10, 'x'], {}, 'equal'],
    ['is equal whatever was counted', [10, 'x'], { updated: 5 }, 'equal'],
    ['has rows that were counted as inserted', [12, 'y'], { inserted: 12 }, 'written'],
    ['was updated', [10, 'y'], { updated: 1 }, 'written'],
    ['changed and nobody wrote', [10, 'y'], {}, 'differs'],
    ['has fewer rows than were deleted', [7, 'y'], { deleted: 1 }, 'differs'],
    ['has more rows than were inserted', [15, 'y'], { inserted: 11 }, 'differs'],
    ['is gone', null, {}, 'differs'],
    ['changed before a crash let the counters begin anew', [12, 'y'], { inserted: 0 }, 'unproven'],
    ['is unlogged and was emptied by that crash', [0, '0'], { inserted: 0, unlogged: true }, 'differs'],
  ] as const)('that %s is judged so', (_what, now, counted, status) => {
    expect(judge(now, counted)).toMatchObject({ table: 'public.a', rowsThen: 10, rowsNow: now?.[0] ?? null, status });
  });

  it('takes the rows of the import off what was inserted', () => {
    expect(judge([13, 'y'], { inserted: 13 })?.inserted).toBe(3);
  });
});
