#!/bin/sh
# Makes at its first start what the official image makes, by the same settings, and then runs the server.
set -eu
umask 077
for folder in /usr/lib/postgresql/*/bin; do PATH=$folder:$PATH; done
export PATH
PGDATA=${PGDATA:-/alloc/data/pgdata}
export PGDATA

setting() {
  if [ -n "$(eval "printf '%s' \"\${$1_FILE-}\"")" ]; then
    cat "$(eval "printf '%s' \"\$$1_FILE\"")"
  else
    eval "printf '%s' \"\${$1-}\""
  fi
}

owner=$(setting POSTGRES_USER)
owner=${owner:-postgres}
database=$(setting POSTGRES_DB)
database=${database:-$owner}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  setting POSTGRES_PASSWORD >/tmp/first-password
  initdb --username="$owner" --pwfile=/tmp/first-password --encoding=UTF8 --locale=C.UTF-8 --no-sync \
    --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  rm /tmp/first-password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  [ "$database" = postgres ] || echo "create database \"$database\"" | postgres --single -j postgres >/dev/null
fi
shift
exec postgres -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql "$@"
