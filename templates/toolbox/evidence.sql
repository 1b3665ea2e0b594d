-- Evidence of one database in the current transaction: one JSON object per line.
-- psql variables, all optional:
--   tables  oid list `{1,2}`: digest only these (a set prints what the others leave); default all
--   catalog 0 leaves out catalog, settings, roles and meta
--   objects 0 leaves out large objects
--   seqs    0 leaves out sequences
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset pager off
\if :{?tables}
\else
\set tables all
\endif
\if :{?catalog}
\else
\set catalog 1
\endif
\if :{?objects}
\else
\set objects 1
\endif
\if :{?seqs}
\else
\set seqs 1
\endif

-- Each of these changes how values or definitions are printed.
set local search_path = '';
set local client_encoding = 'UTF8';
set local "TimeZone" = 'UTC';
set local "DateStyle" = 'ISO, MDY';
set local "IntervalStyle" = 'postgres';
set local bytea_output = 'hex';
set local extra_float_digits = 1;
set local lc_monetary = 'C';
set local quote_all_identifiers = off;
set local standard_conforming_strings = on;
set local row_security = off;
set local xmlbinary = 'base64';
-- Compiling costs more than it saves in queries that run once.
set local jit = off;
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = 0;
-- An inherited limit of its own (17 and later) would end the snapshot.
select count(set_config('transaction_timeout', '0', true)) as ignored from pg_settings where name = 'transaction_timeout' \gset

\set user_schema 'n.nspname <> ''information_schema'' and left(n.nspname, 3) <> ''pg_'''
\set row 'select json_build_object(''k'', ''catalog'', ''kind'', o.kind, ''name'', o.name, ''def'', o.def) from ('
\set acl_of 'array_to_string(array(select case a.grantee when 0 then ''PUBLIC'' else quote_ident(pg_get_userbyid(a.grantee)) end || ''='' || a.privilege_type || case when a.is_grantable then ''*'' else '''' end || ''/'' || quote_ident(pg_get_userbyid(a.grantor)) collate "C" from aclexplode('
\set acl_end ') a order by 1), '' '')'

\if :seqs
select format(
  $f$select json_build_object('k', 'sequence', 'schema', %L, 'name', %L, 'last_value', last_value::text, 'is_called', is_called, 'increment', %L, 'cycle', %L::boolean) from %I.%I$f$,
  n.nspname, c.relname, s.seqincrement, s.seqcycle, n.nspname, c.relname)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_sequence s on s.seqrelid = c.oid
where c.relkind = 'S' and :user_schema
order by n.nspname, c.relname \gexec
\endif

-- Columns by name: a restore changes the physical order of inherited ones. OFFSET keeps the hash
-- from being computed twice; as a bigint, because a zero that still needs a cast keeps parallel workers away.
-- Where a hash decides on the partition, another server may choose another one (the hash of an enum is that of its oid):
-- `tree` is the table whose partitions count as one.
set local enable_indexscan = off;
set local enable_indexonlyscan = off;
set local enable_bitmapscan = off;
select format(
  $f$select json_build_object('k', 'table', 'schema', %L, 'name', %L, 'tree', %L::json, 'rows', count(*), 'digest', coalesce(sum(('x' || left(h, 16))::bit(64)::bigint), 0) || ':' || coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::bigint), 0)) from (select encode(sha256(convert_to(row(%s)::text, 'UTF8')), 'hex') as h from only %I.%I as t offset bigint '0') s$f$,
  n.nspname, c.relname,
  (select json_build_object('schema', an.nspname, 'name', ac.relname)
     from pg_partition_ancestors(c.oid) with ordinality u(relid, place)
     join pg_partitioned_table pt on pt.partrelid = u.relid and pt.partstrat = 'h'
     join pg_class ac on ac.oid = u.relid join pg_namespace an on an.oid = ac.relnamespace
    order by u.place desc limit 1),
  (select string_agg(format('t.%I', a.attname), ', ' order by a.attname collate "C")
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  n.nspname, c.relname)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and :user_schema
  and (:'tables' = 'all' or c.oid = any (nullif(:'tables', 'all')::oid[]))
order by pg_relation_size(c.oid) desc nulls last, c.oid \gexec
set local enable_indexscan = on;
set local enable_indexonlyscan = on;
set local enable_bitmapscan = on;

\if :objects
-- Read in 1 MiB pieces: how the pages are laid out may differ, and one object may be larger than a value can be.
with object as (
  select m.oid, quote_ident(pg_get_userbyid(m.lomowner)) as owner,
         :acl_of coalesce(m.lomacl, acldefault('L', m.lomowner)) :acl_end as acl,
         coalesce(size.bytes, 0) as bytes,
         encode(sha256(coalesce((select string_agg(sha256(lo_get(m.oid, piece * 1048576, 1048576)), ''::bytea order by piece)
           from generate_series(0, (coalesce(size.bytes, 0) - 1) / 1048576) piece where size.bytes > 0), ''::bytea)), 'hex') as hash
    from pg_largeobject_metadata m
    left join lateral (
      select l.pageno::bigint * (current_setting('block_size')::bigint / 4) + octet_length(l.data) as bytes
        from pg_largeobject l where l.loid = m.oid order by l.pageno desc limit 1) size on true
), printed as materialized (
  select object.*, encode(sha256(convert_to(row(oid, owner, acl, bytes, hash)::text, 'UTF8')), 'hex') as h from object
)
select json_build_object('k', 'largeobjects', 'count', count(*), 'bytes', coalesce(sum(bytes), 0),
         'digest', coalesce(sum(('x' || left(h, 16))::bit(64)::bigint), 0) || ':' || coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::bigint), 0))
  from printed
union all
-- One line each only while that stays readable; the sum above covers all of them.
(select json_build_object('k', 'largeobject', 'oid', oid::text, 'owner', owner, 'acl', acl, 'bytes', bytes, 'sha256', hash)
   from printed where (select count(*) from pg_largeobject_metadata) <= 1000);
\endif

\if :catalog
\ir evidence-catalog.sql
\endif
