#!/bin/sh
# Stands in for the entrypoint of the official image where no registry gives one: same variables, same order of things.
set -eu

fail() { printf 'entrypoint: %s\n' "$*" >&2; exit 1; }

# NAME or, from a file, NAME_FILE; never both.
take() {
  eval "plain=\${$1-} file=\${$1_FILE-}"
  [ -z "$plain" ] || [ -z "$file" ] || fail "both $1 and $1_FILE are set"
  if [ -n "$file" ]; then plain=$(cat "$file"); fi
  [ -n "$plain" ] || plain=${2-}
  eval "$1=\$plain"
  export "$1"
  unset "$1_FILE"
}

run_files() {
  for path in /docker-entrypoint-initdb.d/*; do
    case "$path" in
      *.sh) if [ -x "$path" ]; then "$path"; else . "$path"; fi ;;
      *.sql) as_owner -f "$path" ;;
      *.sql.gz) gunzip -c "$path" >"$scratch/init.sql"; as_owner -f "$scratch/init.sql" ;;
      *) [ ! -e "$path" ] || printf 'entrypoint: ignoring %s\n' "$path" ;;
    esac
  done
}

as_owner() { PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 -X --no-password -U "$POSTGRES_USER" -d "$POSTGRES_DB" "$@"; }

case "${1-}" in -*) set -- postgres "$@" ;; esac
if [ "${1-}" != postgres ]; then exec "$@"; fi
for arg; do
  case "$arg" in -'?' | --help | -V | --version | --describe-config) exec "$@" ;; esac
done

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 0700 "$PGDATA"
  chmod 3777 /var/run/postgresql
  find "$PGDATA" \! -user postgres -exec chown postgres {} +
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

mkdir -p "$PGDATA"
chmod 0700 "$PGDATA" 2>/dev/null || :
if [ -s "$PGDATA/PG_VERSION" ]; then exec "$@"; fi

take POSTGRES_PASSWORD
take POSTGRES_USER postgres
take POSTGRES_DB "$POSTGRES_USER"
take POSTGRES_INITDB_ARGS
method=${POSTGRES_HOST_AUTH_METHOD-}
[ -n "$POSTGRES_PASSWORD" ] || [ "$method" = trust ] || fail 'POSTGRES_PASSWORD is not set and POSTGRES_HOST_AUTH_METHOD is not trust'

scratch=$(mktemp -d)
(umask 077; printf '%s\n' "$POSTGRES_PASSWORD" >"$scratch/password")
eval "initdb --username=\"\$POSTGRES_USER\" --pwfile=\"\$scratch/password\" $POSTGRES_INITDB_ARGS"
printf 'host all all all %s\n' "${method:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"

# First init happens on the socket only, so that nobody connects to a half-made database over the network.
pg_ctl -D "$PGDATA" -w start -o "-c listen_addresses='' -p ${PGPORT:-5432}"
if [ "$POSTGRES_DB" != postgres ]; then
  POSTGRES_NEW=$POSTGRES_DB
  POSTGRES_DB=postgres
  printf 'CREATE DATABASE :"name";\n' | as_owner -v name="$POSTGRES_NEW"
  POSTGRES_DB=$POSTGRES_NEW
fi
run_files
pg_ctl -D "$PGDATA" -m fast -w stop
rm -rf "$scratch"
unset POSTGRES_NEW
printf 'entrypoint: init is complete\n'
exec "$@"
