# Sourced: makes a set, whole or not at all.

# next_counter: never one that was given before, also when the sets are gone and when the file is.
next_counter() {
  last=0
  if [ -s "$SERVICE_DIR/counter" ]; then last=$(cat "$SERVICE_DIR/counter"); else highest_offsite >found.ids || :; fi
  for path in "$SERVICE_DIR"/sets/* "$SERVICE_DIR"/receipts/*/*; do printf '%s\n' "${path##*/}"; done >>found.ids
  # Without the zeros: BusyBox takes what begins with one for an octal number.
  sed -n 's/^0*\([0-9][0-9]*\)-.*/\1/p' found.ids >found.counters || return
  counter=$(awk -v last="$last" '$1 + 0 > last + 0 { last = $1 } END { printf "%d", last + 1 }' found.counters) || return
  rm -f found.ids found.counters
  printf '%d\n' "$counter" | put "$SERVICE_DIR/counter" && flush "$SERVICE_DIR/counter"
}

# substep NAME SCRIPT DATABASE OUT: a script in a folder of its own below this one. The names go by the environment: no quoting.
substep() {
  mkdir -p "$1"
  cp ./*.sh ./*.sql "$1/"
  cp "$2" "$1/job.sh"
  printf '%s\n' 'PGDATABASE=$SET_DATABASE' 'OUT=$SET_OUT' 'IN=$SET_OUT' 'FORMAT=custom' >"$1/run.env"
  rc=0
  (cd "$1" && SET_DATABASE=$3 SET_OUT=$4 RUN=$RUN COMPRESS=${COMPRESS:-1} JOBS=${JOBS:-2} sh job.sh >>log 2>&1 9>&-) || rc=$?
  return "$rc"
}

# room DIR: what is free where it lies, of how much.
room() {
  df -Pk "$1" >df.out 2>/dev/null || :
  awk 'NR == 2 { for (i = 2; i <= 4; i++) size[i] = $i < 10240 ? $i " KiB" : int($i / 1024) " MiB"; printf "%s of %s", size[4], size[2] }' df.out
}

# rooms: which of them is full cannot be told from the words of who could not write.
rooms() { printf 'free are %s on the backup volume and %s in the folder of the allocation' "$(room "$SERVICE_DIR/sets")" "$(room .)"; }

# reason LOG: why a step failed, in one line.
reason() {
  awk '/(error|FATAL|ERROR): / { said = $0 } / failed: / { sub(/^[0-9:]+ failed: /, ""); last = $0 }
    END { if (said != "" && said != last) last = last " (" said ")"; printf "%s", substr(last == "" ? "it was killed" : last, 1, 500) }' "$1"
  if grep -q 'No space left on device' "$1"; then printf '; %s' "$(rooms)"; fi
}

# dump_one NUMBER: dumped, then read whole. The others are tried whatever comes of it.
dump_one() {
  set_entry database DATABASE "$1"
  set_entry folder FOLDER "$1"
  rc=0
  substep "db$1" dump.sh "$database" "$stage/$folder" || rc=$?
  if [ "$rc" -eq 0 ]; then substep "db$1" check-dump.sh "$database" "$stage/$folder" || rc=$?; fi
  [ "$rc" -ne 0 ] || return 0
  error="${error:+$error; }$database: $(reason "db$1/log")"
  say "failed: $database"
  [ "$rc" -eq 25 ] || rc=23
  return "$rc"
}

make_set() {
  next_counter || set_failed 23 "the counter cannot be written"
  id=$(printf '%06d-%s' "$counter" "$(date -u +%Y%m%dT%H%M%SZ)")
  stage="$SERVICE_DIR/sets/$id.part"
  mkdir "$stage" || set_failed 23 "the backup volume cannot be written"
  [ "$DATABASES" -gt 0 ] || set_failed 23 "there is no database to back up"
  failed=0
  number=1
  while [ "$number" -le "$DATABASES" ]; do
    say "database $number of $DATABASES"
    dump_one "$number" || failed=$?
    number=$((number + 1))
  done
  [ "$failed" -eq 0 ] || set_failed "$failed" ''
  # A tablespace is a folder of the old node: no restore makes one.
  pg_dumpall -w --globals-only --no-tablespaces -f "$stage/globals.sql" >globals.log 2>&1 9>&- || set_failed 23 "the roles: $(reason globals.log)"
  kit >"$stage/RESTORE.md" || set_failed 23 "RESTORE.md cannot be written"
  set_manifest >set-manifest.json && mv set-manifest.json "$stage/manifest.json.tmp" || set_failed 23 "the manifest cannot be written"
  publish || set_failed 23 "the set cannot be written"
  # Only now: what failed before has no set to name.
  [ "$PIN" != 1 ] || : >"$SERVICE_DIR/pins/$id"
}

set_failed() {
  [ -z "$2" ] || error="${error:+$error; }$2"
  case "$2" in *' cannot be written') error="$error; $(rooms)" ;; esac
  say "failed: $error"
  exit "$1"
}

# publish: a backup exists if and only if its manifest does, and it is there for good before anybody sees it.
publish() {
  find "$stage" -type f -exec sh -c 'sync "$@" 2>/dev/null || sync' sh {} + || return
  mv "$stage/manifest.json.tmp" "$stage/manifest.json" || return
  flush "$stage" || return
  mv "$stage" "$SERVICE_DIR/sets/$id" || return
  flush "$SERVICE_DIR/sets"
}

# tables_and_rows EVIDENCE: one line of it speaks of each table.
tables_and_rows() {
  awk '/^\{"k" : "table",/ { tables++; if (match($0, /[^\\]"rows" : [0-9]+/)) rows += substr($0, RSTART + 10, RLENGTH - 10) }
    END { printf "\"tables\":%d,\"rows\":%.0f", tables, rows }' "$1"
}

# set_database NUMBER: one entry of the manifest, from the manifest of its dump.
set_database() {
  set_entry folder FOLDER "$1"
  IN="$stage/$folder"
  name=$(sed -n 's/.*"source":{"database" : \("[^"\\]*\(\\.[^"\\]*\)*"\), "oid".*/\1/p' "$IN/manifest.json")
  [ -n "$name" ] || return 1
  facts=$(tables_and_rows "$IN/evidence.jsonl") || return
  printf '{"database":%s,"oid":%s,"folder":"%s","sizeBytes":%s,"bytes":%s,%s,"manifestSha256":"%s","evidenceSha256":"%s"}' \
    "$name" "$(field oid)" "$folder" "$(field sizeBytes)" "$(field bytes)" "$facts" "$(sha256_of "$IN/manifest.json")" "$(field evidenceSha256)"
}

# set_files DIR: every file but the manifest, as JSON with one `{` each; the sum of their bytes into $total.
set_files() {
  (cd "$1" && find . -type f ! -path './manifest.json*' >"$OLDPWD/files.found") || return
  sort files.found >files.sorted || return
  total=0
  comma=
  while IFS= read -r path; do
    size=$(bytes_of "$1/$path") || return
    sum=$(sha256_of "$1/$path") || return
    printf '%s{"path":"%s","bytes":%d,"sha256":"%s"}' "$comma" "${path#./}" "$size" "$sum" || return
    total=$((total + size))
    comma=,
  done <files.sorted
}

set_manifest() {
  set_entry folder FOLDER 1
  IN="$stage/$folder"
  printf '{"schema":"dbctl.backup/1","id":"%s","counter":%d,"service":"%s","kind":"%s","started":"%s","finished":"%s",' \
    "$id" "$counter" "$SERVICE" "$KIND" "$began" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" || return
  system=$(sed -n 's/.*"systemIdentifier" : "\([0-9]*\)".*/\1/p' "$IN/manifest.json")
  printf '"server":{"systemIdentifier":"%s","version":%s,"pgDump":"%s"},"databases":[' \
    "$system" "$(field serverVersion)" "$(json_text "$(pg_dump --version)")" || return
  number=1
  while [ "$number" -le "$DATABASES" ]; do
    [ "$number" -eq 1 ] || printf ,
    set_database "$number" || return
    number=$((number + 1))
  done
  printf '],"files":[' || return
  set_files "$stage" || return
  printf '],"bytes":%d}\n' "$total"
}

# kit_database NUMBER: what the new server has to have for it.
kit_database() {
  set_entry folder FOLDER "$1"
  IN="$stage/$folder"
  pg_restore -l "$(archive)" >toc 9>&- || return
  sed -n 's/.*"source":{"database" : \("[^"\\]*\(\\.[^"\\]*\)*"\), "oid".*"encoding" : "\([^"]*\)", "collate" : "\([^"]*\)", "ctype" : "\([^"]*\)".*/- `.\/@` holds \1: \3, collate \4, ctype \5/p' \
    "$IN/manifest.json" >kit.line || return
  [ -s kit.line ] || return 1
  extensions=$(sed -n 's/^[0-9]*; [0-9]* [0-9]* EXTENSION - \(.*[^ ]\) *$/\1/p' toc) || return
  sed -e "s|@|$folder|" kit.line || return
  [ -z "$extensions" ] || printf '  with the extensions: %s\n' "$(printf '%s' "$extensions" | tr '\n' ' ')"
}

# kit_restore NUMBER: the name of the database is in its dump, where no shell reads it. What every cluster has cannot be made.
kit_restore() {
  set_entry folder FOLDER "$1"
  set_entry database DATABASE "$1"
  create=' --create'
  [ "$database" != postgres ] || create=
  printf 'pg_restore%s --exit-on-error --no-tablespaces -d postgres %s\n' "$create" "./$folder/dump/database.dump"
}

each_database() {
  number=1
  while [ "$number" -le "$DATABASES" ]; do
    "$1" "$number" || return
    number=$((number + 1))
  done
}

# kit: the lines that a stranger needs, with stock programs alone.
kit() {
  superuser=$(psql -X -A -t -q -w -d postgres -c 'select rolname from pg_roles where oid = 10' 9>&-) || return
  each_database kit_database >kit.databases || return
  sed -e "s|@ID@|$id|g" -e "s|@SERVICE@|$SERVICE|g" -e "s|@VERSION@|$(pg_dump --version)|g" -e "s|@SERVER@|$(($(field serverVersion) / 10000))|g" \
    -e "s|@SUPERUSER@|$(printf '%s' "$superuser" | sed 's/[|&\\]/\\&/g')|g" -e '/^@DATABASES@$/{
r kit.databases
d
}' kit.md || return
  printf '\n```sh\n(set -e\n'
  each_database kit_restore || return
  printf 'vacuumdb --all --analyze-only --quiet\n)\n```\n'
}
