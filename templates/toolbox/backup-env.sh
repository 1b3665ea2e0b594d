# Sourced: what a service's backups need to know, from the rendered backup.env and the step's own run.env.
load_config() {
  CONFIG="${NOMAD_TASK_DIR:-.}/backup.env"
  if [ -f run.env ]; then . ./run.env; fi
  . "$CONFIG"
  # The step's own words win.
  if [ -f run.env ]; then . ./run.env; fi
  : "${SERVICE:?}" "${SERVICE_DIR:?}" "${DATABASES:=0}" "${OFFSITE:=0}" "${NOTIFY:=0}" "${KIND:=manual}" "${AGE_RECIPIENTS:=}"
  : "${SCHEDULE:=}" "${ZONE:=UTC}" "${KEEP_LAST:=3}" "${KEEP_DAILY:=0}" "${KEEP_WEEKLY:=0}" "${KEEP_MONTHLY:=0}" "${PIN:=0}"
  TOOLS="${TOOLS:-${NOMAD_TASK_DIR:-.}/tools}"
  RCLONE_CONFIG="${RCLONE_CONFIG:-${NOMAD_SECRETS_DIR:-.}/rclone.conf}"
  catalog_dir="${NOMAD_ALLOC_DIR:?}/dbctl/backups"
  mkdir -p "$SERVICE_DIR/sets" "$SERVICE_DIR/pins" "$SERVICE_DIR/receipts" "$SERVICE_DIR/problems" "$catalog_dir"
  export PGHOST PGPORT PGUSER LOCK_WAIT RCLONE_CONFIG
  if [ -f "${PGPASSFILE:-}" ]; then export PGPASSFILE; else unset PGPASSFILE; fi
}

# entry NAME NUMBER [PART]: one of a numbered list, as `DATABASE_2` or `OFFSITE_1_NAME`.
entry() { eval "printf '%sx' \"\${$1_$2${3:+_$3}-}\""; }

# set_entry VARIABLE NAME NUMBER [PART]: the same into a variable; a line break at its end survives.
set_entry() {
  value=$(entry "$2" "$3" "${4:-}")
  eval "$1=\${value%x}"
}

# take_lock: on the volume, held until this process ends. Nothing that it starts inherits it. Waits OVERLAP_WAIT seconds for
# another holder, by default not at all; busybox flock cannot wait by itself.
take_lock() {
  exec 9>>"$SERVICE_DIR/lock"
  waited_for_lock=0
  until flock -n 9; do
    [ "$waited_for_lock" -lt "${OVERLAP_WAIT:-0}" ] || return 1
    waited_for_lock=$((waited_for_lock + 1))
    sleep 1
  done
}

# problem TOPIC [TEXT]: what keeps backups from being right, shown in the catalog until it is over.
problem() {
  if [ -n "${2:-}" ]; then
    say "problem: $2"
    printf '%s\n' "$2" | put "$SERVICE_DIR/problems/$1"
  else
    rm -f "$SERVICE_DIR/problems/$1"
  fi
}
