#!/bin/sh
# The toolbox's main loop: starts backup.sh when the schedule says so, and once when there is no backup yet. Ends on TERM and INT.
# Lies in programs/<sha>; what it needs to know is in the task's backup.env.
set -eu
programs=${0%/*}
cd "$programs"
. ./lib.sh
. ./backup-env.sh
. ./catalog.sh
work="${NOMAD_ALLOC_DIR:?}/dbctl"
load_config
# Nothing is written among the programs, whose sum is known.
mkdir -p "$work/schedule"
cp "$programs"/* "$work/schedule/"
cd "$work/schedule"

sleeper=
trap '[ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null || :; exit 0' TERM INT
pause() {
  sleep "$1" &
  sleeper=$!
  wait "$sleeper" || :
  sleeper=
}

# show: the catalog as it now is, unless a backup is about to write it anyway.
show() { (take_lock && write_catalog) || :; }

# ready: the server is up and every database is marked verified; else why not, in $why.
ready() {
  why="the server does not answer"
  psql -X -q -A -t -w -d postgres -c 'select 1' >/dev/null 2>&1 || return 1
  number=1
  while [ "$number" -le "$DATABASES" ]; do
    set_entry database DATABASE "$number"
    why="$database is not marked as verified"
    state=$(PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=20s' psql -X -q -A -t -w -d postgres \
      -v "service=$SERVICE" -v "database=$database" -f verified.sql 2>/dev/null) || return 1
    [ "$state" = verified ] || return 1
    number=$((number + 1))
  done
}

# start_backup KIND: detached, in a folder of its own; the last five of them stay.
start_backup() {
  run="scheduled-$(date -u +%Y%m%dT%H%M%SZ)"
  dir="$work/$run/backup"
  mkdir -p "$dir"
  cp "$programs"/* "$dir/"
  cp "$programs/backup.sh" "$dir/job.sh"
  printf 'RUN=%s\nKIND=%s\n' "$run" "$1" >"$dir/run.env"
  sh "$dir/run.sh" "$dir"
  started_dir=$dir
  for old in "$work"/scheduled-*; do printf '%s\n' "$old"; done >folders
  sort -r folders >folders.sorted
  awk 'NR > 5' folders.sorted >folders.old
  while IFS= read -r old; do
    [ "$(sh "$programs/run.sh" --state "$old/backup")" = running ] || rm -rf "$old"
  done <folders.old
}

running() { [ -n "$started_dir" ] && [ "$(sh "$programs/run.sh" --state "$started_dir")" = running ]; }

# zone_known: an unknown one would silently be UTC.
zone_known() { [ "$ZONE" = UTC ] || [ -e "${ZONEINFO:-/usr/share/zoneinfo}/$ZONE" ]; }

wall_clock() { TZ=$ZONE date '+%Y %m %d %H %M'; }

# is_due: by the schedule. What it looked at is remembered on the volume once it is done with.
is_due() {
  [ -n "$SCHEDULE" ] && zone_known || return 1
  answer=$(awk -v schedule="$SCHEDULE" -v now="$(wall_clock)" -v done="$looked" -f cron.awk) || return 1
  seen=${answer#* }
  [ "${answer%% *}" = 0 ] || return 0
  remember
  return 1
}

remember() {
  [ "$seen" != "$looked" ] || return 0
  looked=$seen
  printf '%s\n' "$looked" | put "$SERVICE_DIR/scheduled"
}

no_set() { set_ids >known.ids && [ ! -s known.ids ]; }

# hold: what is due waits for a server that is coming up; then a failed backup has to say so.
hold() {
  [ "$waited" -lt "$GRACE" ] || [ "$why" != "the server does not answer" ] || return 1
  waited=$((waited + EVERY))
}

tick() {
  ! running || return 0
  kind=
  if is_due; then kind=scheduled; elif no_set && [ "$(date +%s)" -ge "$first_again" ]; then kind=first; fi
  [ -n "$kind" ] || return 0
  if ! ready; then
    if [ "$kind" = first ] || hold; then
      told_problem "waiting: $why"
      return 0
    fi
  fi
  told_problem ''
  waited=0
  first_again=$(($(date +%s) + 900))
  [ "$kind" != scheduled ] || remember
  say "a backup begins: $kind"
  start_backup "$kind"
}

# told_problem TEXT: written and shown only when it changed.
told_problem() {
  [ "$told" != "$1" ] || return 0
  told=$1
  problem schedule "$1"
  show
}

EVERY=${EVERY:-15}
GRACE=${GRACE:-600}
started_dir= told=none waited=0 first_again=0 looked= seen=
[ ! -s "$SERVICE_DIR/scheduled" ] || looked=$(cat "$SERVICE_DIR/scheduled")
case "$looked" in *[!0-9]*) looked= ;; esac
if [ -n "$SCHEDULE" ] && ! zone_known; then told_problem "the zone $ZONE is not known in this image: the schedule does not run"; else told_problem ''; fi
while :; do
  tick || say "the look at the schedule failed"
  pause "$EVERY"
done
