import type { VerifiedTable } from '../../report/verify-report.js';
import type { TableLine } from './evidence-lines.js';
import type { TableWrites } from './health.js';
import { type Evidence, lineKey } from './parse-evidence.js';

const byKey = <T>(items: readonly T[], key: (item: T) => string): Map<string, T> =>
  new Map(items.map((item) => [key(item), item]));

const keyOf = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  lineKey({ k: 'table', schema, name, rows: 0, digest: '' });

/**
 * Tables now against the evidence of the move. The import itself counts as many inserted rows as it brought, so what the
 * server counted beyond that was written since. A crash or a reset lets the counters begin anew: then nothing can be told
 * from them, except that an unlogged table is emptied by a crash.
 */
export function judgeTables(then: Evidence, now: Evidence, writes: readonly TableWrites[]): VerifiedTable[] {
  const counted = byKey(writes, keyOf);
  const later = byKey(now.tables, lineKey);
  const anew = then.tables.some((table) => (counted.get(lineKey(table))?.inserted ?? table.rows) < table.rows);
  return then.tables.map((table) => judge(table, later.get(lineKey(table)), counted.get(lineKey(table)), anew));
}

type Verdict = Pick<VerifiedTable, 'status' | 'why'>;

function judge(
  then: TableLine,
  now: TableLine | undefined,
  counted: TableWrites | undefined,
  anew: boolean,
): VerifiedTable {
  const since = sinceImport(then, counted, anew);
  const base = { table: lineKey(then), rowsThen: then.rows, rowsNow: now?.rows ?? null, ...since };
  return { ...base, ...verdict(then, now, { ...since, anew, unlogged: counted?.unlogged ?? false }) };
}

interface Since {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

function sinceImport(then: TableLine, counted: TableWrites | undefined, anew: boolean): Since {
  const { inserted = 0, updated = 0, deleted = 0 } = counted ?? {};
  return { inserted: anew ? inserted : Math.max(0, inserted - then.rows), updated, deleted };
}

function verdict(
  then: TableLine,
  now: TableLine | undefined,
  { inserted, updated, deleted, anew, unlogged }: Since & { readonly anew: boolean; readonly unlogged: boolean },
): Verdict {
  if (now === undefined) return { status: 'differs', why: 'the table is not there any more' };
  if (now.rows === then.rows && now.digest === then.digest) return { status: 'equal', why: null };
  if (anew && unlogged && now.rows < then.rows)
    return { status: 'differs', why: 'it is unlogged, and a crash of the server empties such tables' };
  const writes = inserted + updated + deleted;
  if (anew)
    return writes > 0
      ? { status: 'written', why: null }
      : {
          status: 'unproven',
          why: "the server's counters began anew (a crash or a reset), so writes before it were not counted",
        };
  if (writes === 0) return { status: 'differs', why: 'the server counted no write (it does not count TRUNCATE)' };
  if (now.rows < then.rows - deleted)
    return { status: 'differs', why: `${then.rows - now.rows} rows are gone, ${deleted} were counted as deleted` };
  if (now.rows > then.rows + inserted)
    return { status: 'differs', why: `${now.rows - then.rows} rows more, ${inserted} were counted as inserted` };
  return { status: 'written', why: null };
}
