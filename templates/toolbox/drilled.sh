#!/bin/sh
# Notes a drill of this service's backups: its line in the history, the catalog, and a message where one is wanted.
# run.env: RUN DRILL_RUN DRILL (a line of JSON) DRILL_OUTCOME (success or failure) DRILL_NOTE, and as wanted CONFIG. Twice is once.
set -eu
. ./lib.sh
. ./backup-env.sh
load_config
. ./catalog.sh
. ./notify.sh
history="$SERVICE_DIR/drills.jsonl"
if [ -f "$history" ] && grep -q -F -e "\"$DRILL_RUN\"" "$history"; then
  say "the history has this drill already"
  exit 0
fi
{
  tail -n 199 "$history" 2>/dev/null || :
  printf '%s\n' "$DRILL"
} >drills.new
put "$history" <drills.new
KIND=drill
id=
error=
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
[ "$DRILL_OUTCOME" = success ] || error=$DRILL_NOTE
title="drill $DRILL_OUTCOME"
note="$SERVICE: $DRILL_NOTE"
send_notes drill "$DRILL_OUTCOME"
if take_lock; then
  write_catalog || die 23 "the catalog could not be written"
else
  say "a backup is being made: it writes the catalog"
fi
