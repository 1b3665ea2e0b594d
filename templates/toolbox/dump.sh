#!/bin/sh
# Dumps one database and its evidence from one snapshot into $OUT, which appears whole or not at all.
# run.env: RUN PGHOST PGPORT PGUSER PGDATABASE PGPASSFILE OUT, and as wanted JOBS, LOCK_WAIT (seconds), FORMAT (custom: one
# compressed file, COMPRESS 0-9; else a folder, not compressed).
set -eu
. ./lib.sh
. ./run.env
stage="$OUT.part"
session_options

# dump_with OPTION…: all but the form. In the background it is pg_dump itself, so that ending it ends the dump.
dump_with() { exec pg_dump -w --snapshot="$DBCTL_SNAPSHOT" --lock-wait-timeout="${LOCK_WAIT:-60}s" "$@"; }

start_dump() {
  case "${FORMAT:-directory}" in
    custom)
      mkdir -p "$stage/dump"
      # No restore makes a tablespace, and a pg_restore --create of a stranger would ask for the one of the database.
      dump_with -Fc --no-tablespaces -Z "${COMPRESS:-1}" -f "$stage/dump/database.dump" &
      ;;
    *) dump_with -Fd -Z0 -j "$sessions" -f "$stage/dump" & ;;
  esac
  dumper=$!
}

inside() {
  sessions=$(sessions_for "$DBCTL_SIZE")
  share_tables "$sessions"
  report_bytes "$stage" &
  reporter=$!
  start_dump
  start_evidence "$DBCTL_SNAPSHOT" "$sessions" 0
  rc=0
  # shellcheck disable=SC2086
  await "$dumper" $evidence_pids || rc=$?
  kill "$reporter" 2>/dev/null || :
  record_inside "$rc"
}

if [ "${1:-}" = --inside ]; then
  inside
  exit 0
fi

# sums DIR: SHA256SUMS of every file below DIR, in a form that `sha256sum -c` takes.
sums() {
  (cd "$1" && find dump -type f -exec sha256sum {} + >SHA256SUMS && [ -s SHA256SUMS ])
}

manifest() {
  printf '{"schema":"dbctl.manifest/1","run":"%s","started":"%s","finished":"%s","pgDump":"%s","source":%s,' \
    "$RUN" "$started" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(pg_dump --version)" "$(cat facts.json)"
  printf '"format":"%s","bytes":%d,"files":%d,"sumsSha256":"%s","evidenceBytes":%d,"evidenceSha256":"%s"}\n' \
    "${FORMAT:-directory}" "$bytes" "$files" "$(sha256_of "$stage/SHA256SUMS")" "$(bytes_of "$stage/evidence.jsonl")" "$(sha256_of "$stage/evidence.jsonl")"
}

started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
require_client
[ ! -e "$OUT" ] || die 22 "$OUT exists already"
trap 'rm -rf "$stage"' EXIT
trap 'exit 143' TERM INT HUP
rm -rf "$stage"
mkdir -p "$stage"
say "dump of the database begins"
with_snapshot || die 23 "pg_dump or the evidence failed"
say "dump is written, checksums follow"
cat evidence.seqs evidence.part.* >"$stage/evidence.jsonl"
sums "$stage" || die 23 "checksums failed"
files=$(grep -c '' "$stage/SHA256SUMS")
bytes=$(find "$stage/dump" -type f -exec wc -c {} + | awk '$2 != "total" { n += $1 } END { printf "%d", n }')
# Last: a backup exists if and only if its manifest does.
manifest >"$stage/manifest.json.tmp"
flush "$stage/SHA256SUMS" "$stage/evidence.jsonl" "$stage/manifest.json.tmp"
mv "$stage/manifest.json.tmp" "$stage/manifest.json"
mv "$stage" "$OUT"
flush "$OUT" "${OUT%/*}"
trap - EXIT
cp "$OUT/manifest.json" "$OUT/evidence.jsonl" .
printf 'manifest.json\nevidence.jsonl\n' >results
printf '{"bytes":%d}\n' "$bytes" | put progress
say "done: $files files, $bytes bytes"
