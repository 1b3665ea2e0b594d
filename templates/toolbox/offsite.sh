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

# put_object FILE PATH: sent and read back.
put_object() {
  rclone_run copyto "$1" "$remote/$prefix/$2" >rclone.log 2>&1 || return
  rclone_run hashsum sha256 --download "$remote/$prefix/$2" >readback 2>rclone.log || {
    not_allowed rclone.log || return 1
    verified=false
    return 0
  }
  sum=$(sha256_of "$1") || return
  read -r there rest <readback || return
  [ "$there" = "$sum" ] && return 0
  printf 'ERROR: %s is not there as it was sent\n' "$2" >>rclone.log
  return 1
}

# send_file PATH: below $set, encrypted where a key is given; its line of the index follows.
send_file() {
  object=$1
  source="$set/$1"
  if [ -n "$AGE_RECIPIENTS" ] && [ "$1" != RESTORE.md ]; then
    object="$1.age"
    source="$SERVICE_DIR/send.tmp"
    rm -f "$source"
    # shellcheck disable=SC2086
    "$TOOLS/age" $age_args -o "$source" "$set/$1" >rclone.log 2>&1 9>&- || return
  fi
  put_object "$source" "$object" || return
  size=$(bytes_of "$source") || return
  sum=$(sha256_of "$source") || return
  sent_files=$((sent_files + 1))
  sent_bytes=$((sent_bytes + size))
  [ "$sent_files" -eq 1 ] || printf ',\n' >>index.files
  printf '{"path":"%s","bytes":%d,"sha256":"%s"}' "$object" "$size" "$sum" >>index.files
  rm -f "$SERVICE_DIR/send.tmp"
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
  prefix=$(offsite_prefix "$1")
  verified=true encrypted=false age_args= sent_files=0 sent_bytes=0
  [ -z "$AGE_RECIPIENTS" ] || encrypted=true
  for recipient in $AGE_RECIPIENTS; do age_args="$age_args -r $recipient"; done
  : >index.files
  (cd "$set" && find . -type f) >send.found || return
  sort send.found >send.list || return
  while IFS= read -r path; do send_file "${path#./}" </dev/null || return; done <send.list
  index_text "$1" >index.json || return
  put_object index.json index.json || return
  mkdir -p "$SERVICE_DIR/receipts/$target"
  printf '{"schema":"dbctl.receipt/1","target":"%s","id":"%s","at":"%s","prefix":"%s","encrypted":%s,"verified":%s,"files":%d,"bytes":%d}\n' \
    "$target" "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$prefix" "$encrypted" "$verified" "$((sent_files + 1))" \
    "$((sent_bytes + $(bytes_of index.json)))" | put "$SERVICE_DIR/receipts/$target/$1.json"
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
      error="${error:+$error; }$target: $(reason rclone.log)"
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
    rm -f "$SERVICE_DIR/send.tmp"
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
