#!/bin/sh
# Stands for an app: reads its settings as that app does, opens a session on every database they name, leaves a row there
# and stays connected. Nothing here knows where a database is.
set -u
for folder in /usr/lib/postgresql/*/bin; do PATH=$folder:$PATH; done
export PATH PGCONNECT_TIMEOUT=5
# A session that sleeps would not notice that its app has gone.
export PGOPTIONS='-c client_connection_check_interval=1s'
kids=
trap 'kill $kids; exit 0' INT TERM

VISIT="create table if not exists visits (id bigserial primary key, at timestamptz not null default now(), port int not null default inet_server_port())"

stay() {
  trap 'kill "$session"; exit 0' TERM
  while :; do
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$VISIT" -c 'insert into visits default values' -c 'select pg_sleep(1000000)' &
    session=$!
    wait "$session"
    sleep 1
  done
}

enter() {
  stay "$1" &
  kids="$kids $!"
}

value() { eval "printf '%s' \"\${$1-}\""; }

# What drivers of other languages put around it means nothing to libpq.
plain() { printf '%s' "$1" | sed -e 's/^jdbc://' -e 's/^\(postgres[a-z]*\)+[a-z0-9]*:/\1:/' -e 's/?.*$//'; }

words() { printf "host='%s' port='%s' user='%s' dbname='%s'" "$@"; }

field() { sed -n "s/^ *$2 *[:=] *\"\{0,1\}\([^\"]*\)\"\{0,1\} *\$/\1/p" "$1" | tail -n 1; }

of_file() {
  PGPASSWORD=$(field "$1" password) && export PGPASSWORD
  enter "$(words "$(field "$1" host)" "$(field "$1" port)" "$(field "$1" user)" "$(field "$1" "$2")")"
}

of_parts() {
  host=$(value "$1") port=$(value "$2") user=$(value "$3")
  case $2 in -) port=${host##*:} host=${host%:*} ;; esac
  PGPASSWORD=$(value "$4") && export PGPASSWORD
  shift 4
  for key; do enter "$(words "$host" "$port" "$user" "$(value "$key")")"; done
}

mode=$1
shift
case $mode in
  url) for key; do enter "$(plain "$(value "$key")")"; done ;;
  words) enter "$(value "$1")" ;;
  jdbc)
    PGUSER=$(value "$2") PGPASSWORD=$(value "$3") && export PGUSER PGPASSWORD
    enter "$(plain "$(value "$1")")"
    ;;
  parts) of_parts "$@" ;;
  file) of_file "$@" ;;
  file-url) enter "$(plain "$(field "$1" "$2")")" ;;
  text) enter "$(plain "$1")" ;;
esac
while :; do
  sleep 1000 &
  kids="$kids $!"
  wait $!
done
