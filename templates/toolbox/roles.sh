#!/bin/sh
# Makes the roles of a backup on a server that has none but its own superuser: all of them, or none. Twice is once.
# run.env: RUN PGHOST PGPORT PGUSER PGDATABASE IN (folder of the set) GLOBALS_SHA256
set -eu
. ./lib.sh
. ./run.env
session_options

[ -f "$IN/globals.sql" ] || die 29 "the backup holds no roles"
[ "$(sha256_of "$IN/globals.sql")" = "$GLOBALS_SHA256" ] || die 21 "globals.sql is not the one of the manifest"
ask() { psql -X -A -t -q -w -v ON_ERROR_STOP=1 -c "$1"; }
there=$(ask "select count(*) from pg_roles where oid <> 10 and left(rolname, 3) <> 'pg_'") || die 23 "the server does not answer"
if [ "$there" != 0 ]; then
  say "the roles are there already"
  exit 0
fi
# The superuser of this server is its own, and keeps its own password or none.
me=$(ask 'select quote_ident(rolname) from pg_roles where oid = 10') || die 23 "the server does not answer"
me="$me" awk 'BEGIN { me = ENVIRON["me"] }
  $0 == "CREATE ROLE " me ";" || index($0, "ALTER ROLE " me " WITH ") == 1 { next } { print }' "$IN/globals.sql" >roles.sql
# Their verifiers are secrets: a refused line must not get into the log of the server, nor what was refused into ours.
PGOPTIONS="$PGOPTIONS -c log_min_error_statement=panic -c log_statement=none" \
  psql -X -q -w -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate --single-transaction -o /dev/null -f roles.sql 2>roles.err || {
  rm -f roles.sql
  sed 's/^psql:[^:]*:\([0-9]*\): /line \1 of globals.sql, less those of the superuser: /' roles.err | grep -v '^LINE\|^ *^' || :
  die 23 "the roles of the backup cannot be made"
}
rm -f roles.sql
say "done: $(ask "select count(*) from pg_roles where oid <> 10 and left(rolname, 3) <> 'pg_'") roles"
