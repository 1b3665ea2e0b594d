#!/bin/sh
# Loads the schema of the dedicated database into an empty one on the shared instance.
# run.env: RUN PGHOST PGPORT PGUSER PGDATABASE PGPASSFILE BACK_HOST BACK_PORT BACK_USER BACK_DATABASE BACK_PASSFILE.
set -eu
. ./lib.sh
. ./run.env
session_options

require_client
pg_dump -w -Fc -Z0 -s -f schema.dump || die 23 "the schema could not be dumped"
PGHOST=$BACK_HOST PGPORT=$BACK_PORT PGUSER=$BACK_USER PGDATABASE=$BACK_DATABASE PGPASSFILE=$BACK_PASSFILE
export PGHOST PGPORT PGUSER PGDATABASE PGPASSFILE
# The database's name may be taken for a connection string, so it comes from PGDATABASE alone.
pg_restore -w --no-tablespaces -f schema.raw schema.dump || die 23 "the schema could not be read back"
plain_schema <schema.raw >schema.sql || die 23 "the schema could not be written"
psql -X -q -w -v ON_ERROR_STOP=1 --single-transaction -o /dev/null -f schema.sql || die 26 "the shared instance does not take the schema"
rm -f schema.dump schema.raw schema.sql
say "done"
