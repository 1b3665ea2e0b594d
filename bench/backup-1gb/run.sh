#!/bin/sh
# bench/backup-1gb/run.sh [megabytes] [rounds]: a backup and a restore as the toolbox makes them against plain pg_dump -Fc and
# pg_restore, turn by turn, on a server of its own. Prints a table in Markdown. Needs PostgreSQL's programs, GNU time, and about six
# times the size below TMPDIR. As root it goes on as `postgres`.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" -ne 0 ] || exec runuser -u postgres -- env TMPDIR="${TMPDIR:-/tmp}" sh "$here/bench/backup-1gb/run.sh" "$@"
cd /
megabytes=${1:-1024}
rounds=${2:-3}
for bin in /usr/lib/postgresql/*/bin; do PATH="$bin:$PATH"; done
export PATH LC_ALL=C
top=$(mktemp -d "${TMPDIR:-/tmp}/dbctl-bench-XXXXXX")
PGHOST="$top" PGPORT=5432 PGUSER=postgres
export PGHOST PGPORT PGUSER
trap 'pg_ctl -D "$top/d" -m immediate -w stop >/dev/null 2>&1 || :; rm -rf "$top"' EXIT
trap 'exit 143' TERM INT HUP

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# A third each: rows of numbers with an index, texts with JSON, and pictures that do not compress.
fill() {
  sql -d postgres -c 'create database big'
  sql -d big -v "n=$megabytes" <<'SQL'
create extension pgcrypto;
create table measured as select i, now() + i * interval '1 s' as at, (i % 1000)::float8 as value from generate_series(1, :n * 4200) i;
create index on measured (at);
create table texts as select i, repeat(md5(i::text) || ' ', 12) as body, jsonb_build_object('id', i, 'name', md5(i::text)) as facts
  from generate_series(1, :n * 600) i;
create table pictures as select i, gen_random_bytes(1024) || gen_random_bytes(1024) || gen_random_bytes(1024) || gen_random_bytes(1024) as raw
  from generate_series(1, :n * 72) i;
checkpoint;
SQL
}

# step NAME PROGRAM: a step directory, with the lines of its run.env on standard input.
step() {
  mkdir "$top/$1"
  cp "$here"/templates/toolbox/* "$top/$1/"
  cp "$here/templates/toolbox/$2" "$top/$1/job.sh"
  cat - >"$top/$1/run.env"
}

# measured NAME COMMAND…: "name seconds user system peak-KiB" to the list. The peak is that of the largest process.
measured() {
  name=$1
  shift
  /usr/bin/time -o "$top/time" -f '%e %U %S %M' "$@" >"$top/out" 2>&1 || {
    tail -n 20 "$top/out" >&2
    exit 1
  }
  printf '%s %s\n' "$name" "$(cat "$top/time")" >>"$top/list"
}

empty() {
  PGOPTIONS='-c client_min_messages=warning' \
  sql -d postgres -c 'drop database if exists copy' -c 'create database copy' -c checkpoint
}

backup_turn() {
  rm -rf "$top/backups" "$top/alloc"
  mkdir -p "$top/backups" "$top/alloc"
  printf "SERVICE=bench\nSERVICE_DIR='%s'\nDATABASES=1\nDATABASE_1=big\nFOLDER_1=big\nOFFSITE=0\nNOTIFY=0\n" "$top/backups" >"$top/alloc/backup.env"
  step "b$1" backup.sh <<EOF
RUN=bench
EOF
  measured backup.sh env NOMAD_ALLOC_DIR="$top/alloc" NOMAD_TASK_DIR="$top/alloc" sh -c "cd '$top/b$1' && sh job.sh"
}

restore_turn() {
  for set in "$top"/backups/sets/*; do :; done
  empty
  step "r$1" restore.sh <<EOF
RUN=bench
PGDATABASE=copy
IN='$set/big'
ANALYZE=0
EOF
  measured restore.sh sh -c "cd '$top/r$1' && sh job.sh"
}

initdb -D "$top/d" -U postgres -E UTF8 --locale=C.UTF-8 -N -A trust >/dev/null
pg_ctl -D "$top/d" -w -l "$top/log" -o "-k $top -c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB -c autovacuum=off" start >/dev/null
fill
: >"$top/list"
round=1
while [ "$round" -le "$rounds" ]; do
  backup_turn "$round"
  measured pg_dump sh -c "pg_dump -Fc -d big -f '$top/plain.dump' && sync '$top/plain.dump'"
  restore_turn "$round"
  empty
  measured pg_restore pg_restore --exit-on-error -d copy "$top/plain.dump"
  round=$((round + 1))
done

size=$(sql -d big -c 'select pg_database_size(current_database())')
printf 'Database: %d MB; set: %d MB, pg_dump -Fc: %d MB. Median of %d rounds, turn by turn. %s, %s processors, load at the end %s.\n\n' \
  "$((size / 1000000))" "$(du -sk "$top/backups/sets" | awk '{ printf "%d", $1 * 1.024 / 1000 }')" "$(($(wc -c <"$top/plain.dump") / 1000000))" \
  "$rounds" "$(pg_dump --version)" "$(nproc)" "$(cut -d ' ' -f 1 /proc/loadavg)"
printf '| what | s | CPU of the clients, s | MB/s of the database | largest process, MB |\n|---|---|---|---|---|\n'
sort -k 1,1 -k 2,2n "$top/list" | awk -v size="$size" '
  { n[$1]++; line[$1, n[$1]] = $0 }
  END { order = split("backup.sh pg_dump restore.sh pg_restore", name, " ")
    for (i = 1; i <= order; i++) { split(line[name[i], int((n[name[i]] + 1) / 2)], of, " ")
      printf "| %s | %.1f | %.1f | %.0f | %.0f |\n", name[i], of[2], of[3] + of[4], size / 1e6 / of[2], of[5] * 1.024 / 1000 } }'
