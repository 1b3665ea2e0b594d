# Sourced: copies of sets at the off-site targets. A copy exists if and only if its index.json does; nothing is ever synced.

# No settings of whoever runs this, bounded waits, and no secret in an argument.
rclone_run() {
  HOME="$PWD" XDG_CACHE_HOME="$PWD" RCLONE_CONFIG="$RCLONE_CONFIG" \
    "$TOOLS/rclone" --contimeout 10s --timeout 60s --retries 2 --retries-sleep 2s --low-level-retries 3 --log-level ERROR "$@" 9>&-
}

# offsite_prefix ID: below the target's own path.
offsite_prefix() {
  stamp=${1#*-}
  printf '%s/%.4s/%.2s/%.2s/%s' "$SERVICE" "$stamp" "${stamp#????}" "${stamp#??????}" "$1"
}

# not_allowed LOG: may the object only be written? Then it cannot be compared.
not_allowed() { grep -q -i 'AccessDenied\|Access Denied\|Forbidden\|permission denied\|StatusCode: 403' "$1"; }

# store_reason: what rclone said last, without its time.
store_reason() {
  said=$(sed -n 's/^[0-9/]* [0-9:]* [A-Z]* *: *//p' rclone.log | tail -n 1)
  [ -n "$said" ] || said=$(tail -n 1 rclone.log)
  printf '%.400s' "${said:-it was killed}"
}

# box_file PATH: of the set, into $box as it is sent: encrypted where a key is given.
box_file() {
  mkdir -p "$box/${1%/*}" || return
  if [ -n "$AGE_RECIPIENTS" ] && [ "$1" != ./RESTORE.md ]; then
    # shellcheck disable=SC2086
    "$TOOLS/age" $age_args -o "$box/$1.age" "$set/$1" >rclone.log 2>&1 9>&-
  else
    ln "$set/$1" "$box/$1" 2>/dev/null || cp "$set/$1" "$box/$1" 2>rclone.log
  fi
}

# count_box: box.files, box.sums ("sha256  path") and the lines of the index, of what lies in $box.
count_box() {
  (cd "$box" && find . -type f) >box.found || return
  sed 's|^\./||' box.found >box.unsorted && sort box.unsorted >box.files || return
  : >box.sums
  while IFS= read -r path; do
    size=$(bytes_of "$box/$path") || return
    sum=$(sha256_of "$box/$path") || return
    printf '%s  %s\n' "$sum" "$path" >>box.sums
    [ "$sent_files" -eq 0 ] || printf ',\n' >>index.files
    printf '{"path":"%s","bytes":%d,"sha256":"%s"}' "$path" "$size" "$sum" >>index.files
    sent_files=$((sent_files + 1))
    sent_bytes=$((sent_bytes + size))
  done <box.files
}

# send_box: sent and read back. Nothing is looked for before it is sent: that may be forbidden, and there is nothing to compare with.
# The slash at the end says that it is a folder, which rclone would ask for. Memory stays that of one file.
send_box() {
  count_box || return
  rclone_run copy --transfers 1 --no-check-dest --no-traverse --files-from-raw box.files "$box" "$remote/$prefix/" >rclone.log 2>&1 || return
  # Once it was forbidden it is not asked for again.
  [ "$verified" = true ] || return 0
  rclone_run hashsum sha256 --download --checkers 1 --files-from-raw box.files "$remote/$prefix/" >readback 2>rclone.log || {
    not_allowed rclone.log || return 1
    verified=false
    return 0
  }
  # What is not there is left out, without a word.
  lost=$(awk 'FILENAME == "readback" { there[$0]; next } !($0 in there) { sub(/^[0-9a-f]*  /, ""); print; exit }' readback box.sums)
  [ -n "$lost" ] || return 0
  printf '%s is not there as it was sent\n' "$lost" >rclone.log
  return 1
}

# send_group NAME: a database's folder, or `.`: the files of no database. One at a time lies on the volume a second time, encrypted.
send_group() {
  rm -rf "$box" && mkdir "$box" || return
  while IFS= read -r path; do
    case "$path" in
      ./*/*) group=${path#./} group=${group%%/*} ;;
      *) group=. ;;
    esac
    [ "$group" != "$1" ] || box_file "$path" </dev/null || return
  done <send.list
  send_box
}

manifest_word() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$set/manifest.json"; }

index_text() {
  printf '{"schema":"dbctl.offsite/1","id":"%s","service":"%s","counter":%d,"kind":"%s","finished":"%s","encrypted":%s,"files":[\n' \
    "$1" "$SERVICE" "$(printf '%s' "${1%%-*}" | sed 's/^0*//')" "$(manifest_word kind)" "$(manifest_word finished)" "$encrypted"
  cat index.files
  printf '\n]}\n'
}

# send_set ID: to $remote; its receipt is written when all of it is there.
send_set() {
  set="$SERVICE_DIR/sets/$1"
  box="$SERVICE_DIR/send.tmp"
  prefix=$(offsite_prefix "$1")
  verified=true encrypted=false age_args= sent_files=0 sent_bytes=0
  [ -z "$AGE_RECIPIENTS" ] || encrypted=true
  for recipient in $AGE_RECIPIENTS; do age_args="$age_args -r $recipient"; done
  : >index.files
  (cd "$set" && find . -type f) >send.found || return
  sort send.found >send.list || return
  sed -n 's|^\./\([^/]*\)/.*|\1|p' send.list >send.folders && sort -u send.folders >send.groups || return
  while IFS= read -r folder; do send_group "$folder" </dev/null || return; done <send.groups
  send_group . || return
  index_text "$1" >index.json || return
  rm -rf "$box" && mkdir "$box" && cp index.json "$box/" && send_box || return
  mkdir -p "$SERVICE_DIR/receipts/$target"
  printf '{"schema":"dbctl.receipt/1","target":"%s","id":"%s","at":"%s","prefix":"%s","encrypted":%s,"verified":%s,"files":%d,"bytes":%d}\n' \
    "$target" "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$prefix" "$encrypted" "$verified" "$sent_files" "$sent_bytes" |
    put "$SERVICE_DIR/receipts/$target/$1.json"
}

# unsent: of the last three sets, those without a receipt of $target, newest first.
unsent() {
  set_ids >unsent.all || return
  tail -n 3 unsent.all | sort -rn >unsent.last
  while IFS= read -r one; do
    [ -f "$SERVICE_DIR/receipts/$target/$one.json" ] || printf '%s\n' "$one"
  done <unsent.last
}

send_target() {
  set_entry target OFFSITE "$1" NAME
  set_entry remote OFFSITE "$1" REMOTE
  unsent >unsent.ids || return
  while IFS= read -r one; do
    say "copying $one to $target"
    send_set "$one" || {
      error="${error:+$error; }$target: $(store_reason)"
      say "failed: $error"
      return 1
    }
  done <unsent.ids
}

# send_all: one target that fails does not stop the others.
send_all() {
  number=1
  unsent_somewhere=0
  while [ "$number" -le "$OFFSITE" ]; do
    send_target "$number" || unsent_somewhere=1
    rm -rf "$SERVICE_DIR/send.tmp"
    number=$((number + 1))
  done
  return "$unsent_somewhere"
}

# highest_offsite: the ids at the targets, for a volume that was lost and begins to count anew.
highest_offsite() {
  number=1
  while [ "$number" -le "$OFFSITE" ]; do
    set_entry remote OFFSITE "$number" REMOTE
    rclone_run lsf -R --files-only --include '*/index.json' "$remote/$SERVICE" >found.lsf 2>/dev/null || :
    sed -n 's|.*/\([0-9]*-[0-9TZ]*\)/index\.json$|\1|p' found.lsf
    number=$((number + 1))
  done
}
