#!/bin/sh
# Backs up the databases of a shared server, each by backup.sh with a folder, a lock and a catalog of its own: one that
# cannot be read never keeps another from it. They are looked for each time; closed ones are named and left alone.
# run.env: RUN, and as wanted KIND PIN OVERLAP_WAIT, PROGRAM (refresh-catalog.sh, retain-plan.sh or drilled.sh instead), WANTED_DATABASES
# WANTED_DATABASE_n, CONFIG. The task has a server.env (PGHOST PGPORT PGUSER) and a secret, admin (a line of a password file).
set -eu
. ./lib.sh
. ./run.env
. "${CONFIG:-$NOMAD_TASK_DIR/backup.env}"
. ./run.env
. "$NOMAD_TASK_DIR/server.env"
PGDATABASE=postgres
PGPASSFILE="$NOMAD_SECRETS_DIR/dbctl/admin"
top="$NOMAD_ALLOC_DIR/shared"
list="$SERVICE_DIR/databases.env"
mkdir -p "$top" "$SERVICE_DIR"

# A file that others may read is no password file to libpq, and Nomad's belongs to somebody else.
own_passfile() {
  mkdir -p "${PGPASSFILE%/*}" || return 1
  cat "$NOMAD_SECRETS_DIR/admin" >"$PGPASSFILE.$$" || return 1
  mv -f "$PGPASSFILE.$$" "$PGPASSFILE"
}

# ask SQL-OPTION…: in one session, whose bytes are not converted.
ask() { PGCLIENTENCODING=SQL_ASCII psql -X -A -t -q -w -v ON_ERROR_STOP=1 "$@"; }

# Sets $found: 1 when the server told its databases, 0 when they are those of the last time.
find_databases() {
  found=1
  if ask -f databases.sql >databases.tmp; then
    put "$list" <databases.tmp
    ask -c "select 'closed, left alone: ' || datname from pg_database where not datallowconn and not datistemplate" ||
      say "closed databases cannot be told"
  else
    found=0
    [ -f "$list" ] || die 23 "the shared server does not answer"
    say "the shared server does not answer: these are its databases of the last time"
  fi
  . "$list"
}

# wanted NAME: all of them, unless some are named.
wanted() {
  [ "${WANTED_DATABASES:-0}" -gt 0 ] || return 0
  at=0
  while [ "$at" -lt "$WANTED_DATABASES" ]; do
    at=$((at + 1))
    eval "one=\$WANTED_DATABASE_$at"
    [ "$one" != "$1" ] || return 0
  done
  return 1
}

# settings N FOLDER: what makes the job's settings those of one database.
settings() {
  cat <<EOF
. "\$NOMAD_TASK_DIR/backup.env"
. "$top/$2/databases.env"
SERVICE="\$SERVICE/$2"
SERVICE_DIR="\$SERVICE_DIR/$2"
DATABASE_1=\$DATABASE_$1
FOLDER_1=\$FOLDER_$1
DATABASES=1
EOF
}

# step FOLDER: a step directory of its own, with the same programs and what was said to this one. The name may begin with a dash.
step() {
  mkdir "./$1"
  for file in *; do
    case $file in job.sh | run.env | run.env.tmp | log | pid | status | progress | *.tmp) continue ;; esac
    [ ! -f "$file" ] || cp "$file" "./$1/"
  done
  cp "$program" "./$1/job.sh"
  cat >"./$1/run.env" <<EOF
. ../run.env
KIND=${KIND:-scheduled}
PIN=${PIN:-0}
OVERLAP_WAIT=${OVERLAP_WAIT:-0}
. "\$NOMAD_TASK_DIR/server.env"
PGPASSFILE="$PGPASSFILE"
CONFIG="$top/$1/backup.env"
EOF
}

# back_up N FOLDER: the exit code is the program's.
back_up() {
  mkdir -p "$top/$2" "$SERVICE_DIR/$2" || return 23
  cp "$list" "$top/$2/databases.env" || return 23
  settings "$1" "$2" >"$top/$2/backup.env.tmp" || return 23
  mv -f "$top/$2/backup.env.tmp" "$top/$2/backup.env" || return 23
  step "$2" || return 23
  rc=0
  (
    cd "./$2"
    # Where the catalog goes.
    NOMAD_ALLOC_DIR="$top/$2"
    export NOMAD_ALLOC_DIR
    exec sh job.sh >log 2>&1 </dev/null
  ) || rc=$?
  if [ "$rc" -ne 0 ]; then tail -n 5 "./$2/log" || :; fi
  return "$rc"
}

# worse RC: a set that is missing counts more than a copy that is.
worse() {
  case "$worst:$1" in
    *:0) ;;
    0:* | 28:*) worst=$1 ;;
    *:28 | *:27) ;;
    *) worst=$1 ;;
  esac
}

# A database that is gone is no late backup; its sets stay on the volume.
forget_gone() {
  sed -n 's/^FOLDER_[0-9]*=//p' "$list" >folders.tmp || return 0
  for folder in "$top"/*; do
    [ -d "$folder" ] || continue
    grep -q -x -F -e "${folder##*/}" folders.tmp || rm -rf -- "$folder"
  done
}

program=${PROGRAM:-backup.sh}
own_passfile || die 23 "there is no password of the shared server"
session_options
find_databases
if [ "$found" = 1 ]; then forget_gone; fi
worst=0
done_of=0
n=0
while [ "$n" -lt "$DATABASES" ]; do
  n=$((n + 1))
  eval "name=\$DATABASE_$n folder=\$FOLDER_$n"
  wanted "$name" || continue
  rc=0
  back_up "$n" "$folder" || rc=$?
  worse "$rc"
  done_of=$((done_of + 1))
  say "$name: $rc"
  [ ! -f "./$folder/retain.txt" ] || cat "./$folder/retain.txt" >>retain.txt
  printf '{"items":%d,"total":%d}\n' "$done_of" "$DATABASES" >progress.tmp
  mv -f progress.tmp progress
done
[ "$done_of" -gt 0 ] || die 23 "the server has none of the wanted databases"
[ ! -f retain.txt ] || printf 'retain.txt\n' >results
exit "$worst"
