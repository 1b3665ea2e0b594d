#!/bin/sh
# Reads a finished dump whole: every checksum, then every row through pg_restore. Changes nothing.
# run.env: RUN IN, and as wanted MANIFEST_SHA256.
set -eu
. ./lib.sh
. ./run.env

say "checking the dump"
check_artifact
# Its list alone would pass for a dump whose data files are damaged.
pg_restore -w -f /dev/null "$(archive)" 2>restore.log || {
  tail -n 20 restore.log
  die 21 "pg_restore cannot read the dump"
}
cp "$IN/manifest.json" "$IN/evidence.jsonl" .
printf 'manifest.json\nevidence.jsonl\n' >results
say "done: $present files"
