-- One part of the evidence, inside the snapshot of another session.
\set ON_ERROR_STOP on
begin isolation level repeatable read read only;
set transaction snapshot :'snapshot';
\set tables `cat "$DBCTL_TABLES"`
\ir evidence.sql
commit;
