#!/bin/sh
# One backup of a service: a set of all its databases, copies of it at the off-site targets, then retention. Only one at a time.
# run.env: RUN PGHOST PGPORT PGUSER PGPASSFILE KIND, and as wanted PIN, OVERLAP_WAIT (seconds), CONFIG (a backup.env), and whatever else is to win over it.
# Ends with 0, 23 (no set), 25 (client too old), 27 (another one is running) or 28 (the set is there, an off-site copy is not).
set -eu
. ./lib.sh
. ./backup-env.sh
load_config
. ./catalog.sh
. ./set.sh
. ./offsite.sh
. ./retain.sh
. ./notify.sh

# attempt STATUS ID: one line of what came of this run, `null` where there is no set.
attempt() {
  {
    printf '{"at":"%s","seconds":%d,"kind":"%s","status":"%s","id":' "$began" "$(($(date +%s) - epoch))" "$KIND" "$1"
    if [ -n "$2" ]; then printf '"%s",' "$2"; else printf 'null,'; fi
    if [ -n "$error" ]; then printf '"error":"%s"}\n' "$(json_text "$error")"; else printf '"error":null}\n'; fi
  } >attempt.json
}

# finish CODE: what came of it is told everywhere, whatever it was. Only a run that was killed tells nothing.
finish() {
  trap - EXIT
  set +e
  rm -rf "$SERVICE_DIR/sets/"*.part "$SERVICE_DIR/send.tmp"
  case "$1" in
    0) attempt ok "$id" ;;
    28) attempt offsite-failed "$id" ;;
    *)
      [ -n "$error" ] || error="backup.sh ended with $1"
      # There is no set of that name.
      id=
      attempt failed ''
      ;;
  esac
  record_attempt attempt.json
  if [ "$1" -eq 0 ]; then notify success; else notify failure; fi
  if write_catalog; then cp "$catalog_dir/catalog.json" .; else say "the catalog could not be written"; fi
  if [ "$1" -eq 0 ]; then
    cp "$SERVICE_DIR/sets/$id/manifest.json" . && printf 'manifest.json\ncatalog.json\n' >results
  fi
  exit "$1"
}

began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
epoch=$(date +%s)
error=
id=
take_lock || die 27 "another backup of $SERVICE is running"
trap 'finish $?' EXIT
trap 'error="the backup was stopped"; exit 143' TERM INT HUP
# What a run that was killed left behind is in no catalog; where it cannot be removed, a backup is still wanted.
rm -rf "$SERVICE_DIR/sets/"*.part "$SERVICE_DIR/send.tmp" || say "what an earlier run left could not be removed"
make_set
say "the set $id is there"
rc=0
send_all || rc=28
retain_local
retain_offsite
[ "$rc" -eq 0 ] || exit "$rc"
say "done"
