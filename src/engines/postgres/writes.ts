import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { connInfo } from './connection.js';
import { type DatabaseIdentity, identityGuardSql, script } from './guard.js';

/**
 * Rows written to this database's own tables and catalogs since its statistics began. A session reports what it did at
 * its end at the latest, so after every session is gone two readings differ if anybody wrote between them. Shared
 * catalogs belong to all databases and statistics are refreshed by autovacuum: both are left out. So are TOAST tables: that
 * of the statistics moves with them, and a write of anybody else to one is a write to the row that it belongs to as well.
 */
const ROWS = `select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::text
  from pg_stat_all_tables s join pg_class c on c.oid = s.relid
 where not c.relisshared and c.relkind <> 't' and s.relname not like 'pg\\_statistic%'`;

/** What no counter shows: sequences, read one by one, and settings, which lie in a shared catalog. */
const UNCOUNTED = `select string_agg(x.t, chr(10) order by x.t collate "C") from (
  select c.oid || ' ' || query_to_xml(format('select last_value, is_called from %I.%I', n.nspname, c.relname), false, true, '')::text as t
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'S' and c.relpersistence <> 't'
  union all
  select s.setrole || ' ' || s.setconfig::text from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where d.datname = current_database()) x`;

const WRITES = `select (${ROWS}) || '/' || left(encode(sha256(convert_to(coalesce((${UNCOUNTED}), ''), 'UTF8')), 'hex'), 16) as writes`;

/** In words, what two different readings show; nothing when they are equal. */
export function writesSince(before: string, now: string): string[] {
  const [[rows, rest], [rowsNow, restNow]] = [before.split('/'), now.split('/')];
  return [
    ...(rows === rowsNow
      ? []
      : [`rows or catalog entries were written after it was closed: counter ${rows}, now ${rowsNow}`]),
    ...(rest === restNow ? [] : ['a sequence or a setting was changed after it was closed']),
  ];
}

/** One row `{writes}`. Run in the database itself. */
export const writesSql = (): string => script(`select json_build_object('writes', x.writes) from (${WRITES}) x;`);

/**
 * Closes the database to superusers too, in the statement after a reading that equals `expected`; with any other reading it
 * stays as it is. Run in the database itself; the session moves to `postgres` for it. One row `{writes}`.
 */
export const closeUnlessWrittenSql = (of: DatabaseIdentity, expected: string): string =>
  script(
    identityGuardSql(of, [of.database]),
    `select x.writes as writes, x.writes = ${sqlLiteral(expected)} as same from (${WRITES}) x \\gset`,
    '\\if :same',
    `\\connect ${sqlIdent(connInfo('postgres'))}`,
    `alter database ${sqlIdent(of.database)} with allow_connections false;`,
    '\\endif',
    `select json_build_object('writes', :'writes'::text);`,
  );
