#!/bin/sh
# Tells which copies lie below $REMOTE/$SERVICE: every object with its size, and every index as one line. Changes nothing.
# run.env: RUN SERVICE REMOTE RCLONE_CONFIG TOOLS. Ends with 0 (also when there is none) or 23 (not reachable).
set -eu
. ./lib.sh
. ./run.env
. ./offsite.sh
TOOLS="${TOOLS:-${NOMAD_TASK_DIR:-.}/tools}"
rm -rf indexes
mkdir indexes
rc=0
rclone_run lsf -R --files-only --format sp --separator ' ' "$REMOTE/$SERVICE" >objects.tmp 2>rclone.log || rc=$?
case "$rc" in
  0) ;;
  3) : >objects.tmp ;;
  *) die 23 "the target does not answer: $(store_reason)" ;;
esac
if [ -s objects.tmp ]; then
  rclone_run copy --include '*/index.json' "$REMOTE/$SERVICE" indexes >rclone.log 2>&1 || die 23 "the indexes cannot be fetched: $(store_reason)"
fi
find indexes -type f -name index.json >index.paths
while IFS= read -r path; do
  tr -d '\n\r' <"$path"
  printf '\n'
done <index.paths >indexes.tmp
mv -f objects.tmp objects
TOOLS="${TOOLS:-${NOMAD_TASK_DIR:-.}/tools}"
rm -rf indexes
mv -f indexes.tmp indexes.jsonl
printf 'objects\nindexes.jsonl\n' >results
say "done: $(grep -c '' indexes.jsonl || :) copies"
