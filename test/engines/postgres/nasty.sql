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
