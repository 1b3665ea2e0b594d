#!/bin/sh
# The main loop beside a shared server: starts shared.sh when the schedule says so, and once when there is no backup yet.
# shared-schedule.sh PROGRAMS. What it needs to know is in the task's backup.env. Ends on TERM and INT.
set -eu
programs=$1
work="${NOMAD_ALLOC_DIR:?}/dbctl"
# Nothing is written among the programs, whose sum is known.
mkdir -p "$work/schedule"
cp "$programs"/* "$work/schedule/"
cd "$work/schedule"
. ./lib.sh
. "$NOMAD_TASK_DIR/backup.env"

sleeper=
trap '[ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null || :; exit 0' TERM INT
pause() {
  sleep "$1" &
  sleeper=$!
  wait "$sleeper" || :
  sleeper=
}

# start KIND PROGRAM: detached, in a folder of its own; the last five of them stay.
start() {
  run="scheduled-$(date -u +%Y%m%dT%H%M%SZ)"
  started="$work/$run/shared"
  mkdir -p "$started"
  cp "$programs"/* "$started/"
  cp "$programs/shared.sh" "$started/job.sh"
  printf 'RUN=%s\nKIND=%s\nPROGRAM=%s\n' "$run" "$1" "$2" >"$started/run.env"
  sh "$started/run.sh" "$started"
  forget
}

# By name, which is by time.
forget() {
  left=0
  for old in "$work"/scheduled-*; do left=$((left + 1)); done
  for old in "$work"/scheduled-*; do
    [ "$left" -gt 5 ] || break
    [ "$(sh "$programs/run.sh" --state "$old/shared")" = running ] || rm -rf -- "$old"
    left=$((left - 1))
  done
}

running() { [ -n "$started" ] && [ "$(sh "$programs/run.sh" --state "$started")" = running ]; }

# An unknown zone would silently be UTC.
zone_known() { [ "$ZONE" = UTC ] || [ -e "${ZONEINFO:-/usr/share/zoneinfo}/$ZONE" ]; }

# is_due: what it looked at is remembered on the volume, so that a minute that was slept through counts once.
is_due() {
  [ -n "$SCHEDULE" ] && zone_known || return 1
  now=$(TZ=$ZONE date '+%Y %m %d %H %M')
  answer=$(awk -v schedule="$SCHEDULE" -v now="$now" -v done="$looked" -f cron.awk) || return 1
  if [ "${answer#* }" != "$looked" ]; then
    looked=${answer#* }
    printf '%s\n' "$looked" >"$SERVICE_DIR/scheduled.tmp" && mv -f "$SERVICE_DIR/scheduled.tmp" "$SERVICE_DIR/scheduled"
  fi
  [ "${answer%% *}" = 1 ]
}

no_set() {
  for path in "$SERVICE_DIR"/*/sets/*/manifest.json; do
    [ ! -f "$path" ] || return 1
  done
}

tick() {
  ! running || return 0
  if is_due; then start scheduled backup.sh
  elif no_set && [ "$(date +%s)" -ge "$first_again" ]; then
    first_again=$(($(date +%s) + 900))
    start first backup.sh
  fi
}

started= first_again=0 looked=
mkdir -p "$SERVICE_DIR"
[ ! -s "$SERVICE_DIR/scheduled" ] || looked=$(cat "$SERVICE_DIR/scheduled")
case "$looked" in *[!0-9]*) looked= ;; esac
zone_known || say "the zone $ZONE is not known in this image: the schedule does not run"
# A new allocation knows nothing of what lies on the volume.
no_set || start scheduled refresh-catalog.sh
while :; do
  tick || say "the look at the schedule failed"
  pause "${EVERY:-15}"
done
