#!/bin/sh
# Fetches an off-site copy into $OUT, which appears whole or not at all, with every checksum looked at.
# run.env: RUN SERVICE REMOTE ID PREFIX OUT RCLONE_CONFIG, as wanted IDENTITY_FILE (key of an encrypted one), TOOLS, and
# ONLY=facts: what tells of the set alone, neither dumps nor the roles with their verifiers.
# Ends with 0, 21 (damaged), 23 (not reachable), 29 (not there, or not all of it) or 30 (encrypted, and not for the key that was given).
set -eu
. ./lib.sh
. ./run.env
. ./offsite.sh
TOOLS="${TOOLS:-${NOMAD_TASK_DIR:-.}/tools}"
: "${PREFIX:=$(offsite_prefix "$ID")}"
stage="$OUT.part"

# listed FILE: "sha256 bytes path" of each file that an index or a manifest names.
listed() {
  tr '{' '\n' <"$1" >listed.tmp
  sed -n 's/^"path":"\([^"]*\)","bytes":\([0-9]*\),"sha256":"\([0-9a-f]*\)".*/\3 \2 \1/p' listed.tmp
}

# inside PATH: it may come from a stranger.
inside() { case "/$1/" in *//* | */../* | */./*) die 21 "the index names a file outside: $1" ;; esac; }

# get PATH FILE: an object that is not there is another matter than a target that does not answer.
get() {
  mkdir -p "${2%/*}"
  rc=0
  rclone_run copyto "$REMOTE/$PREFIX/$1" "$2" >rclone.log 2>&1 || rc=$?
  if [ "$rc" -eq 0 ] && [ -f "$2" ]; then return 0; fi
  tail -n 3 rclone.log
  case "$rc" in
    0 | 3 | 4) die 29 "$1 is not there" ;;
  esac
  ! grep -q -i 'not found\|no such file\|NoSuchKey' rclone.log || die 29 "$1 is not there"
  die 23 "$1 could not be fetched"
}

# decrypt FILE.age
decrypt() {
  [ -f "${IDENTITY_FILE:-}" ] || die 30 "the copy is encrypted: its age key is needed"
  "$TOOLS/age" -d -i "$IDENTITY_FILE" -o "${1%.age}" "$1" >age.log 2>&1 || {
    tail -n 3 age.log
    ! grep -q 'no identity matched' age.log || die 30 "${1##*/} was encrypted for another age key than the one that was given"
    die 21 "age cannot decrypt ${1##*/}"
  }
  rm -f "$1"
}

fetch_file() {
  inside "$3"
  get "$3" "$stage/$3"
  if [ "$(bytes_of "$stage/$3")" != "$2" ] || [ "$(sha256_of "$stage/$3")" != "$1" ]; then die 21 "$3 is not as it was sent"; fi
  case "$3" in *.age) decrypt "$stage/$3" ;; esac
}

# same_file SHA BYTES PATH: as the set's own manifest has it.
same_file() {
  inside "$3"
  [ -f "$stage/$3" ] || die 29 "$3 is missing"
  [ "$(sha256_of "$stage/$3")" = "$1" ] || die 21 "$3 is not the one of the manifest"
}

# left_out PATH: no fact.
left_out() {
  [ "${ONLY:-}" = facts ] || return 1
  case "$1" in
    */dump/* | globals.sql*) return 0 ;;
  esac
  return 1
}

for_each() {
  listed "$2" >listed.files
  [ -s listed.files ] || die 21 "${2##*/} names no file"
  while read -r sum size path; do
    if left_out "$path"; then continue; fi
    "$1" "$sum" "$size" "$path" </dev/null
  done <listed.files
}

[ ! -e "$OUT" ] || die 22 "$OUT exists already"
trap 'rm -rf "$stage"' EXIT
trap 'exit 143' TERM INT HUP
rm -rf "$stage" index.json
mkdir -p "$stage"
get index.json ./index.json
grep -q "\"id\":\"$ID\"" index.json || die 21 "the index is of another backup"
grep -q '^\]}$' index.json || die 21 "the index is cut"
report_bytes "$stage" &
reporter=$!
trap 'kill "$reporter" 2>/dev/null || :; rm -rf "$stage"' EXIT
for_each fetch_file index.json
[ -f "$stage/manifest.json" ] || die 29 "manifest.json is missing"
grep -q "\"schema\":\"dbctl.backup/1\",\"id\":\"$ID\"" "$stage/manifest.json" || die 21 "the manifest is of another backup"
for_each same_file "$stage/manifest.json"
find "$stage" -type f -exec sh -c 'sync "$@" 2>/dev/null || sync' sh {} +
mv "$stage" "$OUT"
flush "${OUT%/*}"
cp "$OUT/manifest.json" .
printf 'manifest.json\n' >results
say "done: $(grep -c '' listed.files) files"
