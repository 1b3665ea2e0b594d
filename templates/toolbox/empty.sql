-- Prints what a database holds beside what initdb put there; nothing printed = empty.
select json_build_object('object', o.name) from (
select 'relation ' || c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_' and c.relkind <> 'i'
   and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
union all
select 'function ' || p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_'
   and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
union all
select 'type ' || format_type(t.oid, null) from pg_type t join pg_namespace n on n.oid = t.typnamespace
 where n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_' and t.typrelid = 0 and t.typelem = 0
   and not exists (select from pg_depend e where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e')
union all
select 'schema ' || quote_ident(n.nspname) from pg_namespace n
 where n.nspname not in ('information_schema', 'public') and left(n.nspname, 3) <> 'pg_'
   and not exists (select from pg_depend e where e.classid = 'pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e')
union all
select 'large object ' || m.oid from pg_largeobject_metadata m
) o limit 20;
