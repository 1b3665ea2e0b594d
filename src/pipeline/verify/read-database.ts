import { type Evidence, evidenceOfRows } from '../../engines/postgres/evidence.js';
import {
  type Collation,
  collationSql,
  type Duplicate,
  duplicatesSql,
  type PageCheck,
  pageCheckSql,
  type TableWrites,
  tableWritesSql,
} from '../../engines/postgres/health.js';
import { evidenceSql } from '../../engines/postgres/scripts.js';
import type { SqlTarget } from '../../ports/sql.js';
import type { VerifyCheck } from '../../report/verify-report.js';
import type { MovePorts } from '../context.js';
import { attempt, outcome, skipped } from './outcome.js';

/** Reading every row of a large database takes its time; nothing is changed meanwhile. */
const WHOLE_DATABASE_MS = 6 * 3600 * 1000;

export interface LookContext extends Pick<MovePorts, 'sql' | 'clock'> {
  readonly signal: AbortSignal;
}

async function rows<T>(ctx: LookContext, target: SqlTarget, script: string): Promise<T[]> {
  return (await ctx.sql.run(target, script, { signal: ctx.signal, timeoutMs: WHOLE_DATABASE_MS })) as T[];
}

/** Every row of every table, sequence and large object, and the catalog, in one snapshot. */
export const readEvidence = async (ctx: LookContext, target: SqlTarget): Promise<Evidence> =>
  evidenceOfRows(await rows(ctx, target, evidenceSql()));

/** Every row read; without evidence when that failed, and the check says why. */
export async function readWhole(
  ctx: LookContext,
  target: SqlTarget,
): Promise<{ check: VerifyCheck; evidence: Evidence | undefined }> {
  const found: { evidence?: Evidence } = {};
  const check = await attempt('content', target.database, async () => {
    found.evidence = await readEvidence(ctx, target);
    const { tables, sequences } = found.evidence;
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const summary = `${tables.length} tables, ${rows} rows, ${sequences.length} sequences read whole`;
    return outcome('content', target.database, summary);
  });
  return { check, evidence: found.evidence };
}

export const readWrites = (ctx: LookContext, target: SqlTarget): Promise<TableWrites[]> =>
  rows(ctx, target, tableWritesSql());

/** What can be said of one database by itself: its text, its unique keys, its indexes, its pages. */
export async function ownHealth(ctx: LookContext, target: SqlTarget, evidence: Evidence): Promise<VerifyCheck[]> {
  const { database } = target;
  return [
    await attempt('encoding', database, () => encoding(ctx, target)),
    await attempt('unique', database, () => uniqueKeys(ctx, target, evidence)),
    invalidIndexes(database, evidence),
    await attempt('pages', database, () => pages(ctx, target)),
  ];
}

async function encoding(ctx: LookContext, target: SqlTarget): Promise<VerifyCheck> {
  const [found] = await rows<Collation>(ctx, target, collationSql());
  if (!found) return skipped('encoding', target.database, 'the server said nothing about it');
  const { encoding: name, recorded, actual } = found;
  if (recorded !== null && actual !== null && recorded !== actual)
    return outcome('encoding', target.database, `${name}, collation version ${recorded}`, [
      `the server now sorts by version ${actual}: indexes on text may be wrong; reindex database, then alter database … refresh collation version`,
    ]);
  if (name === 'SQL_ASCII')
    return skipped(
      'encoding',
      target.database,
      'SQL_ASCII: nobody knows what its bytes mean, so only the bytes are compared',
    );
  return outcome('encoding', target.database, recorded === null ? name : `${name}, collation version ${recorded}`);
}

const isUnique = (def: string): boolean => def.startsWith('CREATE UNIQUE INDEX') && !def.includes('; invalid');

async function uniqueKeys(ctx: LookContext, target: SqlTarget, { catalog }: Evidence): Promise<VerifyCheck> {
  const found = await rows<Duplicate>(ctx, target, duplicatesSql());
  const count = catalog.filter(({ kind, def }) => kind === 'index' && isUnique(def)).length;
  const lines = found.map(
    ({ table, index, columns, key, rows: times }) =>
      `table ${table}: key (${columns}) = ${key} stands there ${times} times, although ${index} is unique`,
  );
  const summary =
    lines.length > 0 ? 'keys that are not unique' : `${count} unique indexes, every key stands there once`;
  return outcome('unique', target.database, summary, lines);
}

function invalidIndexes(database: string, { catalog }: Evidence): VerifyCheck {
  const indexes = catalog.filter(({ kind }) => kind === 'index');
  const invalid = indexes.filter(({ def }) => /; (?:invalid|not ready)(?:;|$)/.test(def));
  const lines = invalid.map(({ name }) => `index ${name} is invalid: no query uses it; reindex index ${name}`);
  return outcome('indexes', database, `${indexes.length} indexes, ${invalid.length || 'none'} invalid`, lines);
}

async function pages(ctx: LookContext, target: SqlTarget): Promise<VerifyCheck> {
  const [found] = await rows<PageCheck>(ctx, target, pageCheckSql());
  if (!found?.checked) return skipped('pages', target.database, `not read: ${found?.why ?? 'no answer'}`);
  const { indexes, tables } = found.checked;
  const lines = found.problems.map(({ name, problem }) => `${name}: ${problem}`);
  const heaps = tables > 0 ? `, ${tables} tables page by page` : '';
  return outcome('pages', target.database, `${indexes} indexes against their tables${heaps}`, lines);
}
