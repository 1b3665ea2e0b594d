import { doSql, script, WHOLE_SESSION } from './guard.js';

/** Rows that a table took since its statistics began; `rows` of them came with the import. */
export interface TableWrites {
  readonly schema: string;
  readonly name: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unlogged: boolean;
}

const USER_SCHEMA = `n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_'`;

/** The table itself, or the one whose hash partitions count as one (see evidence.sql). */
const COUNTED_AS = `coalesce((select u.relid from pg_partition_ancestors(c.oid) with ordinality u(relid, place)
  join pg_partitioned_table p on p.partrelid = u.relid and p.partstrat = 'h' order by u.place desc limit 1), c.oid)`;

/** One `TableWrites` row for each table that the evidence has. Run in the database itself. */
export const tableWritesSql = (): string =>
  script(`select json_build_object('schema', n.nspname, 'name', t.relname, 'inserted', sum(pg_stat_get_tuples_inserted(x.oid)),
  'updated', sum(pg_stat_get_tuples_updated(x.oid)), 'deleted', sum(pg_stat_get_tuples_deleted(x.oid)), 'unlogged', bool_or(x.relpersistence = 'u'))
from (select c.oid, c.relpersistence, ${COUNTED_AS} as counted_as from pg_class c where c.relkind = 'r') x
join pg_class t on t.oid = x.counted_as join pg_namespace n on n.oid = t.relnamespace where ${USER_SCHEMA} group by n.nspname, t.oid, t.relname;`);

export interface UnloggedTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

/** One `UnloggedTable` row each. Run in the database itself. */
export const unloggedRowsSql = (): string =>
  script(`select format('select json_build_object(''schema'', %L, ''name'', %L, ''rows'', count(*)) from only %I.%I', n.nspname, c.relname, n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and c.relpersistence = 'u' and ${USER_SCHEMA} \\gexec`);

/** A key that stands in a table more than once although a unique index says it cannot. */
export interface Duplicate {
  readonly index: string;
  readonly table: string;
  /** Of the key's columns or expressions. */
  readonly columns: string;
  readonly key: string;
  readonly rows: number;
}

/**
 * Reads every table under a unique index without that index: at most three `Duplicate` rows for each. Rows with a null in
 * the key count only where the index says so.
 */
export const duplicatesSql = (): string =>
  script(
    WHOLE_SESSION,
    'begin isolation level repeatable read read only;',
    "set local lock_timeout = '60s';",
    "set local search_path = '';",
    'set local row_security = off;',
    'set local enable_indexscan = off;',
    'set local enable_indexonlyscan = off;',
    'set local enable_bitmapscan = off;',
    `select format(
  'select json_build_object(''index'', %L, ''table'', %L, ''columns'', %L, ''key'', left(row(%s)::text, 200), ''rows'', count(*)) from only %s%s group by %s having count(*) > 1 limit 3',
  u.index, u.relation, u.columns, u.columns, u.relation, coalesce(' where ' || u.condition, ''), u.columns)
from (select format('%I.%I', n.nspname, c.relname) as index, i.indrelid::regclass::text as relation, k.columns,
        nullif(concat_ws(' and ', '(' || pg_get_expr(i.indpred, i.indrelid) || ')',
          case when coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'false' then k.present end), '') as condition
   from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
   cross join lateral (select string_agg(pg_get_indexdef(i.indexrelid, s, true), ', ' order by s) as columns,
       string_agg(pg_get_indexdef(i.indexrelid, s, true) || ' is distinct from null', ' and ' order by s) as present
     from generate_series(1, i.indnkeyatts) s) k
   where i.indisunique and i.indisvalid and c.relkind = 'i' and ${USER_SCHEMA}) u
order by u.index \\gexec`,
    'commit;',
  );

/** What reading the indexes and tables page by page found; `checked` null where PostgreSQL's amcheck cannot be had. */
export interface PageCheck {
  readonly checked: { readonly indexes: number; readonly tables: number } | null;
  readonly why: string | null;
  readonly problems: readonly { readonly name: string; readonly problem: string }[];
}

const FOUND = 'dbctl.amcheck';

const CHECK_BODY = `declare
  o record;
  bad bigint;
  word text;
  home text := (select quote_ident(n.nspname) from pg_extension x join pg_namespace n on n.oid = x.extnamespace where x.extname = 'amcheck');
  heap boolean := exists (select from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    join pg_extension x on x.oid = d.refobjid where x.extname = 'amcheck' and p.proname = 'verify_heapam');
  indexes int := 0;
  tables int := 0;
  problems jsonb := '[]';
begin
  for o in select c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_am a on a.oid = c.relam left join pg_index i on i.indexrelid = c.oid
     where ${USER_SCHEMA} and c.relpersistence <> 't'
       and (c.relkind = 'i' and a.amname = 'btree' and i.indisvalid and i.indisready or heap and c.relkind in ('r', 'm') and a.amname = 'heap')
     order by 3 loop
    begin
      if o.relkind = 'i' then
        execute format('select %s.bt_index_check($1, true)', home) using o.oid::regclass;
        indexes := indexes + 1;
      else
        execute format('select count(*), min(msg) from %s.verify_heapam($1, check_toast => true)', home) into bad, word using o.oid::regclass;
        tables := tables + 1;
        if bad > 0 then problems := problems || jsonb_build_object('name', o.name, 'problem', word); end if;
      end if;
    exception when data_corrupted or index_corrupted or internal_error or undefined_file or io_error then
      problems := problems || jsonb_build_object('name', o.name, 'problem', sqlerrm);
    end;
  end loop;
  perform set_config('${FOUND}', jsonb_build_object('checked', jsonb_build_object('indexes', indexes, 'tables', tables), 'why', null, 'problems', problems)::text, true);
end`;

/**
 * Every B-tree index against its table, every table page by page, by the server's own amcheck. Where the database does not
 * have that extension it is made in a transaction that is rolled back; triggers of the user on such commands do not fire
 * then, and where one would all the same, nothing is checked. One `PageCheck` row.
 */
export const pageCheckSql = (): string =>
  script(
    `select exists (select from pg_extension where extname = 'amcheck') as installed,
  exists (select from pg_available_extensions where name = 'amcheck') as available,
  exists (select from pg_event_trigger where evtenabled in ('A', 'R')) as watched \\gset`,
    `select (:'installed'::boolean or :'available'::boolean and not :'watched'::boolean) as usable \\gset`,
    '\\if :usable',
    WHOLE_SESSION,
    'begin read write;',
    "set local lock_timeout = '60s';",
    'set local session_replication_role = replica;',
    'create extension if not exists amcheck with schema pg_catalog;',
    doSql(CHECK_BODY),
    `select current_setting('${FOUND}')::json;`,
    'rollback;',
    '\\else',
    `select json_build_object('checked', null, 'problems', '[]'::json,
  'why', case when :'available'::boolean then 'a trigger of the database watches every new extension' else 'the server has no amcheck' end);`,
    '\\endif',
  );

/** What the database's text and order rest on. */
export interface Collation {
  readonly encoding: string;
  /** `null` where the provider has none, or the server does not record it (before 15). */
  readonly recorded: string | null;
  readonly actual: string | null;
}

/** One `Collation` row. */
export const collationSql = (): string =>
  script(
    "select to_regproc('pg_catalog.pg_database_collation_actual_version') is not null as versioned \\gset",
    '\\if :versioned',
    `select json_build_object('encoding', pg_encoding_to_char(encoding), 'recorded', datcollversion,
  'actual', pg_database_collation_actual_version(oid)) from pg_database where datname = current_database();`,
    '\\else',
    `select json_build_object('encoding', pg_encoding_to_char(encoding), 'recorded', null, 'actual', null)
  from pg_database where datname = current_database();`,
    '\\endif',
  );
