-- A database with what moves badly. Roles are made by nasty-roles.sql.
\set ON_ERROR_STOP on
create schema app authorization owner_role;
create schema "Weird ""Schema"" ü";
create schema "sel\ect";
alter schema "Weird ""Schema"" ü" owner to "odd ""role""' é";
grant usage on schema app to reader_role;
create extension pgcrypto;
create extension hstore with schema app;

set role owner_role;
create type app.mood as enum ('sad', 'ok');
alter type app.mood add value 'between' before 'ok';
create domain app.positive as integer default 1 check (value > 0);
create type app.pair as (a integer, b text);
create type app.span as range (subtype = numeric);
create table app.plain (
  id bigint generated always as identity primary key,
  name text collate "C" not null default 'it''s \ "x"',
  mood app.mood, p app.positive, pr app.pair, sp app.span,
  price numeric(10, 3), f double precision, d date, ts timestamptz, iv interval, raw bytea, j json, jb jsonb, x xml,
  u uuid, arr text[], h app.hstore, pt point, m money, reg regclass,
  twice integer generated always as (p * 2) stored
);
insert into app.plain (name, mood, p, pr, sp, price, f, d, ts, iv, raw, j, jb, x, u, arr, h, pt, m, reg)
select 'näme ' || i || E'\n\t\\ "quoted" '' 🐘', (array['sad', 'between', 'ok'])[1 + i % 3]::app.mood, i, row(i, 'b,"' || i)::app.pair,
       numrange(i, i + 1)::text::app.span, i * 1.5, i / 3.0, date '2000-01-01' + i, timestamptz '2020-06-01 12:00+02' + i * interval '1 hour',
       i * interval '1 day 2 hours', decode(lpad(to_hex(i), 8, '0'), 'hex'), '{"a" :  1}', '{"b": [1, null]}', '<a>x</a>',
       ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, array['a', null, '"'], 'k=>v', point(i, -0.0), i::money, 'app.plain'::regclass
  from generate_series(1, 500) i;
insert into app.plain (name) values ('nulls'), ('nulls');
create index plain_expr on app.plain (lower(name), p desc nulls last) where p > 10;
create index plain_gin on app.plain using gin (jb jsonb_path_ops);
alter table app.plain alter column name set statistics 200;
alter table app.plain alter column jb set storage external;
alter table app.plain set (fillfactor = 70, autovacuum_enabled = off);
comment on table app.plain is 'a ''quoted'' comment';
comment on column app.plain.name is E'line one\nline two';
create statistics app.plain_stats (dependencies) on p, price from app.plain;

create unlogged table app.scratch (a int);
insert into app.scratch select generate_series(1, 10);
create table app.zero_columns ();
insert into app.zero_columns default values;
insert into app.zero_columns default values;

create table app.measure (at date not null, v int, constraint v_small check (v < 1000000)) partition by range (at);
create table app.measure_2024 partition of app.measure for values from ('2024-01-01') to ('2025-01-01');
create table app.measure_2025 (v int, at date not null, constraint v_small check (v < 1000000));
alter table app.measure attach partition app.measure_2025 for values from ('2025-01-01') to ('2026-01-01');
create table app.measure_rest partition of app.measure default;
create index measure_at on app.measure (at);
insert into app.measure select date '2024-06-01' + i * 10, i from generate_series(1, 100) i;
create table app.keyed (a int, b int, primary key (a, b)) partition by list (b);
create table app.keyed_1 partition of app.keyed for values in (1);
insert into app.keyed values (1, 1), (2, 1);
create table app.refers (a int, b int, foreign key (a, b) references app.keyed deferrable initially deferred);
insert into app.refers values (1, 1);

create table app.parent (id int primary key, z text);
create table app.child (extra text) inherits (app.parent);
alter table app.parent add column late text default 'late';
insert into app.parent values (1, 'p', 'l');
insert into app.child (id, z, extra, late) values (2, 'c', 'e', 'l2');

create table app.secret (id int, tenant text);
insert into app.secret values (1, 'a'), (2, 'b');
alter table app.secret enable row level security;
alter table app.secret force row level security;
create policy only_mine on app.secret as restrictive for select to reader_role using (tenant = current_user);
create policy any_row on app.secret for all using (true) with check (id > 0);
grant select on app.plain to reader_role;
grant select (id, z), update (z) on app.parent to reader_role with grant option;
alter default privileges in schema app grant select on tables to reader_role;
alter default privileges revoke execute on functions from public;

create function app.bump() returns trigger language plpgsql as $fn$ begin new.v := coalesce(new.v, 0); return new; end $fn$;
create trigger bump_it before insert on app.measure for each row execute function app.bump();
create table app.loud (a int);
create trigger off_trigger after insert on app.loud execute function app.bump();
alter table app.loud disable trigger off_trigger;
create function app.add(a int, b int default 1) returns int language sql immutable strict parallel safe set search_path = '' return a + b;
create procedure app.noop() language plpgsql as 'begin end';
create aggregate app.total (int) (sfunc = app.add, stype = int, initcond = '0');
create operator app.<+> (leftarg = int, rightarg = int, function = app.add, commutator = operator(app.<+>));
create cast (app.pair as text) with inout;
create view app.seen with (security_barrier) as select id, name from app.plain where p > 5;
create rule seen_rule as on update to app.loud do instead nothing;
create materialized view app.mat as select count(*) as n from app.plain;
create materialized view app.mat_empty as select 1 as one with no data;
create collation app.german (provider = icu, locale = 'de', deterministic = false);
create text search dictionary app.simple_dict (template = simple, stopwords = english);
create text search configuration app.ts_conf (copy = simple);

create sequence app.odd_seq as smallint increment by -3 minvalue -300 maxvalue 300 start 100 cache 1 cycle;
select nextval('app.odd_seq'), nextval('app.odd_seq') \g /dev/null
create sequence app.untouched start 42;
create sequence app.big_seq;
select setval('app.big_seq', 9007199254740993, true) \g /dev/null
reset role;

create table "Weird ""Schema"" ü"."Ta""ble'; drop table x; --" ("t" int, "T" text, "select" int, "co""l'\ umn" text, "tab	le" int);
insert into "Weird ""Schema"" ü"."Ta""ble'; drop table x; --" values (1, 'a', 2, E'\\', 3), (1, 'a', 2, E'\\', 3);
create table "sel\ect"."back\slash" ("a\b" text, ":colon" int);
insert into "sel\ect"."back\slash" values ('x', 1);
create sequence "sel\ect"."s:eq'""";
alter table "Weird ""Schema"" ü"."Ta""ble'; drop table x; --" owner to "odd ""role""' é";
create table public.t (t text, s text, h text);
insert into public.t values ('one', 'two', 'three');
revoke create on schema public from public;
grant all on schema public to owner_role;

select lo_from_bytea(70001, decode(repeat('ab', 5000), 'hex')), lo_from_bytea(70002, '') \g /dev/null
select lo_put(70003, 3000000, 'sparse') from (select lo_create(70003)) x \g /dev/null
alter large object 70001 owner to owner_role;
grant select on large object 70001 to reader_role;
comment on large object 70002 is 'empty';

create function public.on_ddl() returns event_trigger language plpgsql as 'begin end';
create event trigger watch_ddl on ddl_command_end when tag in ('CREATE TABLE') execute function public.on_ddl();
create publication pub for table app.plain (id, name) where (id > 0), app.loud;
create publication pub_schema for tables in schema app with (publish = 'insert');
create foreign data wrapper dummy_fdw;
create server far foreign data wrapper dummy_fdw options (host 'far.example');
create user mapping for reader_role server far options (user 'u', password 'p');
create foreign table app.far_table (a int) server far options (table_name 'x');
grant usage on foreign server far to owner_role;
revoke execute on function pg_catalog.pg_sleep(double precision) from public;

-- Values that a careless copy loses, and shapes and names at every limit.
set role owner_role;
create table app.edge (
  id int primary key, f4 real, f8 double precision, n numeric, d date, ts timestamp, tz timestamptz, tt time with time zone, iv interval,
  a int[], aa int[], e text[], r tstzrange, mr nummultirange, tx xid, t8 xid8, lsn pg_lsn, tv tsvector, tq tsquery, c "char", bp char(5),
  bv varbit, i inet, mac macaddr8, p path, jp jsonpath, nm name, o oid
);
insert into app.edge values
  (1, 'NaN', 'NaN', 'NaN', 'infinity', 'infinity', '-infinity', '24:00:00-15:59', '-1 year -2 mons +3 days -04:05:06.789', '{}', '{{1,NULL},{3,4}}',
   array['', null, 'NULL', E'a\\"b', E'line\nbreak', E'tab\t', 'ž🐘'], '(,)', '{}', '4294967295', '18446744073709551615', 'FFFFFFFF/FFFFFFFF',
   $v$'it''s':1A b:2$v$, '!a & (b | c:*)', E'\\001', 'x', B'', '::ffff:1.2.3.4/128', '08:00:2b:01:02:03:04:05', '[(0,0),(1,-0)]', '$.a[*] ? (@ > 1)',
   repeat('n', 63), 4294967295),
  (2, '-0', '-0', 'infinity', '4713-01-01 BC', '4713-01-01 00:00:00 BC', '0044-03-15 12:00:00+00 BC', '00:00:00+15:59', 'P0D', '[-2:0]={7,8,9}', '{{{1}}}',
   '{}', 'empty', '{[1,2),(3,)}', '0', '0', '0/0', '', '', ' ', '', B'1', '0.0.0.0/0', '00:00:00:00:00:00:00:00', '((0,0))', '$', '', 0);
insert into app.edge (id, f4, f8, n, d, ts, tz, iv, r, c) values
  (3, '1e-45', '5e-324', '1e-300', '0001-01-01', '294276-12-31 23:59:59.999999', '1883-11-18 12:03:58 America/New_York', '178000000 years', '[infinity,infinity]', ''),
  (4, '3.4028235e38', '1.7976931348623157e308', 0.0000000000000000000000000000000000000010, '1582-10-15', null, null, null, null, null);
create table app.big (id int primary key, plain text, ext text, b bytea);
alter table app.big alter column ext set storage external, alter column plain set compression pglz;
insert into app.big select i, (select string_agg(md5((i * n)::text), '') from generate_series(1, 4000) n), repeat('é', 300000),
  decode(repeat('00ff', 100000), 'hex') from generate_series(1, 3) i;
create table app.booked (room int, during tsrange, exclude using gist (during with &&) where (room > 0) deferrable);
insert into app.booked values (1, '[2024-01-01, 2024-01-02)'), (0, '[2024-01-01, 2024-01-03)');
create table app.loose (a int, b int);
insert into app.loose values (-1, 99);
alter table app.loose add constraint not_checked check (a > 0) no inherit not valid,
  add constraint not_proven foreign key (b) references app.parent not valid;
create table app.dropped (a int, gone text, b int default 7);
insert into app.dropped values (1, 'x', 2);
alter table app.dropped drop column gone, add column later text default 'filled';
create table app.of_pair of app.pair (a with options not null);
insert into app.of_pair values (1, 'one');
create table app.whole_rows (r app.pair[], w app.parent, m app.mood[]);
insert into app.whole_rows values (array[row(1, null)::app.pair], row(1, 'z', null)::app.parent, '{ok,sad}');
create table app.by_hash (id int, m app.mood) partition by hash (m);
create table app.by_hash_0 partition of app.by_hash for values with (modulus 2, remainder 0) partition by range (id);
create table app.by_hash_0_all partition of app.by_hash_0 default;
create table app.by_hash_1 (m app.mood, id int);
alter table app.by_hash attach partition app.by_hash_1 for values with (modulus 2, remainder 1);
insert into app.by_hash values (1, 'sad'), (2, 'between'), (3, 'ok');
create table app.two_parents (own int) inherits (app.parent, app.loose);
insert into app.two_parents (id, z, a, b, own) values (9, 'two', 1, 1, 5);
create table app."table" ("order" int, "user" text unique nulls not distinct);
insert into app."table" values (1, null);
create table app."new
line" ("col
umn" int default 3, "%s %I" text);
insert into app."new
line" values (1, '%');
create table app."žžžžžžžžžžžžžžžžžžžžžžžžžžžžžžž1" (a int);
insert into app."žžžžžžžžžžžžžžžžžžžžžžžžžžžžžžž1" values (1);
create domain app.codes as text[] check (array_length(value, 1) < 5) not null;
create table app.coded (c app.codes default '{}');
insert into app.coded values ('{a,b}');
alter table app.coded replica identity full;
create function app.rev_cmp(a int, b int) returns int language sql immutable strict set search_path = '' return case when a < b then 1 when a > b then -1 else 0 end;
create function app.guarded() returns text language plpgsql security definer cost 7 set search_path = app, pg_temp set work_mem = '1MB' as $fn$
begin
  -- a comment; with a semicolon
  return E'back\\slash';
end $fn$;
create function app."odd ""name"" $1"(variadic "in put" text[], out x int, out y text) language sql as $$ select 1, 'y' $$;
create function app.keep_first(anyelement, anyelement) returns anyelement language sql immutable strict as 'select $1';
create function app.mood_rank(app.mood) returns int language sql immutable return 1;
create aggregate app.first_of (anyelement) (sfunc = app.keep_first, stype = anyelement, parallel = safe);
create view app.checked as select id, z from app.parent where id > 0 with cascaded check option;
create recursive view app.numbers (n) as values (1) union all select n + 1 from numbers where n < 3;
create materialized view app.mat_of_mat as select n, now() is not null as t from app.mat;
create unique index mat_of_mat_n on app.mat_of_mat (n);
create rule loud_rule as on insert to app.loud do also nothing;
alter table app.loud disable rule loud_rule;
create trigger always_trigger after insert on app.loud execute function app.bump();
alter table app.loud enable always trigger always_trigger;
create function app.after_all() returns trigger language plpgsql as 'begin return null; end';
create trigger by_statement after update on app.plain referencing new table as fresh for each statement when (true) execute function app.after_all();
create statistics app.edge_stats (ndistinct, mcv) on (f8 + 1), d from app.edge;
alter statistics app.edge_stats set statistics 50;
create table app.counted (id int generated by default as identity (start 7 increment 5 cache 3 cycle maxvalue 20), s smallserial);
insert into app.counted default values;
insert into app.counted default values;
alter default privileges revoke usage on types from public;
alter default privileges in schema app grant usage on sequences to group_role;
reset role;

create operator family app.rev_family using btree;
create operator class app.rev_ops for type int using btree family app.rev_family as
  operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 app.rev_cmp(int, int);
create index dropped_rev on app.dropped (a app.rev_ops);
create cast (app.mood as int) with function app.mood_rank(app.mood) as assignment;
create conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create text search dictionary app.syn (template = simple, accept = false);
alter text search configuration app.ts_conf alter mapping for asciiword with app.syn, app.simple_dict;
create function app.quiet_ddl() returns event_trigger language plpgsql as 'begin end';
create event trigger quiet on sql_drop execute function app.quiet_ddl();
alter event trigger quiet disable;

comment on schema app is 'schema';
comment on type app.mood is 'type';
comment on constraint not_checked on app.loose is 'constraint';
comment on function app.add(int, int) is 'function';
comment on trigger bump_it on app.measure is 'trigger';
comment on policy any_row on app.secret is 'policy';
comment on index app.plain_expr is 'index';
comment on sequence app.odd_seq is 'sequence';
comment on event trigger watch_ddl is 'event trigger';
comment on publication pub is 'publication';
comment on server far is 'server';
comment on collation app.german is 'collation';
comment on statistics app.edge_stats is 'statistics';
comment on rule loud_rule on app.loud is 'rule';
comment on materialized view app.mat is E'matview\nin two lines';
comment on operator app.<+> (int, int) is 'operator';
comment on operator class app.rev_ops using btree is 'operator class';
comment on cast (app.pair as text) is 'cast';
comment on domain app.positive is 'domain';
comment on text search configuration app.ts_conf is 'configuration';
comment on extension hstore is 'extension';
comment on column app."new
line"."col
umn" is 'a
column';
