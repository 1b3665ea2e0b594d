-- One session holds the snapshot; everything else of the step happens inside `\!`.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
begin isolation level repeatable read read only;
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = 0;
select count(set_config('transaction_timeout', '0', true)) as ignored from pg_settings where name = 'transaction_timeout' \gset
set local search_path = '';
set local client_encoding = 'UTF8';
select pg_export_snapshot() as snapshot, pg_database_size(current_database()) as size \gset
\setenv DBCTL_SNAPSHOT :snapshot
\setenv DBCTL_SIZE :size
\o facts.json
select json_build_object('database', d.datname, 'oid', d.oid::bigint, 'systemIdentifier', c.system_identifier::text,
         'serverVersion', current_setting('server_version_num')::int, 'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
         'owner', pg_get_userbyid(d.datdba), 'sizeBytes', pg_database_size(d.oid), 'snapshot', :'snapshot', 'inRecovery', pg_is_in_recovery())
  from pg_database d cross join pg_control_system() c where d.datname = current_database();
\o tables.list
select pg_table_size(c.oid) || ' ' || c.oid
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_'
 order by pg_table_size(c.oid) desc, c.oid;
-- pg_dump reads sequences when it comes to them, not at the snapshot: read first, they can only be behind the dump.
\o evidence.seqs
\set tables '{}'
\set catalog 0
\set objects 0
\ir evidence.sql
\o
\! sh job.sh --inside
commit;
