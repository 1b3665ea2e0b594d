# Sourced by job.sh in its step directory. POSIX sh: dash and busybox.
umask 077
export LC_ALL=C

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*"; }

die() {
  code=$1
  shift
  say "failed: $*"
  exit "$code"
}

# put NAME: standard input becomes the file, whole or not at all.
put() {
  cat >"$1.tmp"
  mv -f "$1.tmp" "$1"
}

# Not every `sync` takes file names; without them it is slower but does the same.
flush() { sync "$@" 2>/dev/null || sync; }

sha256_of() {
  sum=$(sha256sum <"$1") || return 1
  printf '%s' "${sum%% *}"
}

bytes_of() {
  size=$(wc -c <"$1") || return 1
  printf '%d' "$size"
}

# Unknown settings in PGOPTIONS stop a login, so only those that every major from 13 on knows. Waiting for somebody else's
# lock is bounded (LOCK_WAIT, seconds): even asking for the size of a table waits for it. A role may be set to become another
# one at login, which would not see everything.
session_options() {
  PGAPPNAME="dbctl_$RUN"
  PGOPTIONS="-c role=none -c lc_messages=C -c statement_timeout=0 -c lock_timeout=${LOCK_WAIT:-60}s -c idle_in_transaction_session_timeout=0 $*"
  export PGHOST PGPORT PGUSER PGDATABASE PGAPPNAME PGOPTIONS
  if [ -f "${PGPASSFILE:-}" ]; then export PGPASSFILE; else unset PGPASSFILE; fi
}

# major_of PROGRAM: `pg_dump (PostgreSQL) 17.11 (Debian …)` is 17.
major_of() {
  version=$("$1" --version) || return 1
  version=${version#* (PostgreSQL) }
  printf '%d' "${version%%[!0-9]*}"
}

# server_version: 150020 is 15.20.
server_version() { psql -X -A -t -q -w -v ON_ERROR_STOP=1 -c 'show server_version_num'; }

# client_floor MAJOR: the minor release that mended psql against what a hostile dump tells it to run (CVE-2025-8714); from
# then on a dump as text is fenced by \restrict, which an older psql does not know.
client_floor() {
  case "$1" in
    13) printf 22 ;;
    14) printf 19 ;;
    15) printf 14 ;;
    16) printf 10 ;;
    17) printf 6 ;;
    *) printf 0 ;;
  esac
}

# require_client: neither too old for the server nor for the dumps it writes.
require_client() {
  for tool in pg_dump psql; do
    version=$("$tool" --version) || die 25 "$tool does not start"
    version=${version#* (PostgreSQL) }
    version=${version%% *}
    minor=${version#*.}
    [ "${minor%%[!0-9]*}" -ge "$(client_floor "${version%%[!0-9]*}")" ] ||
      die 25 "$tool $version is older than ${version%%[!0-9]*}.$(client_floor "${version%%[!0-9]*}"), which mends CVE-2025-8714: use a newer image"
  done
  server=$(server_version) || die 23 "the server does not answer"
  [ "$((server / 10000))" -le "$(major_of pg_dump)" ] ||
    die 25 "pg_dump $(major_of pg_dump) is older than the server, PostgreSQL $((server / 10000)): use an image of that major"
}

# plain_settings: SQL of a newer pg_restore as an older server takes it. It begins with settings, of which an older server
# does not know all; rows stand below them and are never touched.
plain_settings() { sed '1,/^SELECT pg_catalog\.set_config/{
/^SET transaction_timeout = 0;$/d
}'; }

# plain_schema: definitions without what one release stamps on columns for itself (seen of 15.20) and others refuse. Rows
# are never sent through here. RESET of what is not set changes nothing, and leaves a name with a line break whole.
plain_schema() {
  plain_settings | sed -e 's/ SET (pg_attver=[0-9]*);$/ RESET (n_distinct);/' -e 's/, pg_attver=[0-9]*);$/);/' \
    -e 's/ SET (pg_attver=[0-9]*, / SET (/'
}

# report_bytes DIR: once a second, how much lies in DIR by now.
report_bytes() {
  while :; do
    kb=$(du -sk "$1" 2>/dev/null) || kb=0
    printf '{"bytes":%d}\n' "$((${kb%%[!0-9]*} * 1024))" | put progress
    sleep 1
  done
}

# share_tables PARTS: tables.list ("bytes oid" a line, largest first) → tables.<part>, each as `{oid,…}`, about equal bytes.
share_tables() {
  awk -v parts="$1" '
    { best = 0; for (i = 1; i < parts; i++) if (load[i] < load[best]) best = i
      load[best] += $1 + 8192; list[best] = list[best] (list[best] == "" ? "" : ",") $2 }
    END { for (i = 0; i < parts; i++) printf "{%s}\n", list[i] > ("tables." i) }' tables.list
}

# start_evidence SNAPSHOT PARTS SEQS: one session for each part, in the background; their ids in $evidence_pids.
start_evidence() {
  evidence_pids=
  part=0
  while [ "$part" -lt "$2" ]; do
    if [ "$part" -eq 0 ]; then first=1; else first=0; fi
    if [ "$part" -eq $(($2 - 1)) ]; then last=1; else last=0; fi
    seqs=0
    if [ "$first" -eq 1 ]; then seqs=$3; fi
    DBCTL_TABLES="tables.$part" psql -X -q -w -v "snapshot=$1" -v "catalog=$first" -v "objects=$last" -v "seqs=$seqs" \
      -o "evidence.part.$part" -f session.sql &
    evidence_pids="$evidence_pids $!"
    part=$((part + 1))
  done
}

# await PID…: all of them; the first failure ends the others.
await() {
  for pid in "$@"; do
    rc=0
    wait "$pid" || rc=$?
    if [ "$rc" -ne 0 ]; then
      kill "$@" 2>/dev/null || :
      return "$rc"
    fi
  done
}

# A small database is all process starts: parallel work costs more than it gives (below SMALL_BYTES, 64 MiB).
sessions_for() {
  if [ "$1" -lt "${SMALL_BYTES:-67108864}" ]; then printf 1; else printf '%d' "${JOBS:-2}"; fi
}

# with_snapshot: runs `sh job.sh --inside` while one session holds an exported snapshot.
with_snapshot() {
  rm -f inside.status
  psql -X -q -w -f holder.sql || return 1
  [ -f inside.status ] || return 1
  [ "$(cat inside.status)" = 0 ]
}

# evidence_inside: the `--inside` part of a step that only takes evidence.
evidence_inside() {
  sessions=$(sessions_for "$DBCTL_SIZE")
  share_tables "$sessions"
  start_evidence "$DBCTL_SNAPSHOT" "$sessions" 0
  rc=0
  # shellcheck disable=SC2086
  await $evidence_pids || rc=$?
  record_inside "$rc"
}

# take_evidence: evidence.jsonl of the database as it is now.
take_evidence() {
  with_snapshot || die 23 "the evidence failed"
  cat evidence.seqs evidence.part.* >evidence.tmp || die 23 "the evidence could not be written"
  mv -f evidence.tmp evidence.jsonl
  printf 'evidence.jsonl\n' >results
}

# record_inside RC: psql older than 16 does not tell how a `\!` command ended.
record_inside() { printf '%d\n' "$1" | put inside.status; }

# archive: what pg_restore reads of the dump in $IN, one file or a folder.
archive() { if [ -f "$IN/dump/database.dump" ]; then printf '%s/dump/database.dump' "$IN"; else printf '%s/dump' "$IN"; fi; }

# field NAME: a number or a hash of the manifest, which dbctl wrote on one line; the server puts blanks around its colons.
field() { sed -n "s/.*\"$1\" *: *\"\{0,1\}\([0-9a-f]*\).*/\1/p" "$IN/manifest.json"; }

# check_artifact: every file of the dump in $IN has the recorded SHA-256, and none is missing; sets $present.
check_artifact() {
  [ -f "$IN/manifest.json" ] || die 21 "there is no manifest: this is not a finished dump"
  if [ -n "${MANIFEST_SHA256:-}" ]; then
    [ "$(sha256_of "$IN/manifest.json")" = "$MANIFEST_SHA256" ] || die 21 "the manifest is not the recorded one"
  fi
  [ "$(sha256_of "$IN/SHA256SUMS")" = "$(field sumsSha256)" ] || die 21 "SHA256SUMS is damaged"
  [ "$(sha256_of "$IN/evidence.jsonl")" = "$(field evidenceSha256)" ] || die 21 "the evidence is damaged"
  (cd "$IN" && sha256sum -c SHA256SUMS >"$OLDPWD/sums.log" 2>&1) || {
    grep -v ': OK$' sums.log || :
    die 21 "a file of the dump is damaged or missing"
  }
  present=$(find "$IN/dump" -type f | grep -c '' || :)
  [ "$present" = "$(field files)" ] || die 21 "the dump has $present files, not $(field files)"
}
