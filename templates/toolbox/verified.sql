-- `verified` when the database is there and marked so. Changes nothing.
select to_regclass('dbctl.marker') is not null as marked \gset
\if :marked
select m.state from dbctl.marker m join pg_database d on d.datname = m.database where m.service = :'service' and m.database = :'database';
\endif
