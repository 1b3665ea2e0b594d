# Sourced: takes away what retention no longer keeps. Called only after a set was made and read whole in this very run.

# judge FILE: retain.awk on lines of sets.
judge() {
  awk -v last="$KEEP_LAST" -v daily="$KEEP_DAILY" -v weekly="$KEEP_WEEKLY" -v monthly="$KEEP_MONTHLY" -f retain.awk "$1"
}

flag() { if "$@"; then printf ' 1'; else printf ' 0'; fi; }

# awaits_copy ID: it is sent again by the next backup, so it stays until then.
awaits_copy() {
  tail -n 3 retain.ids >retain.last
  grep -q -x -F -e "$1" retain.last || return 1
  copy=1
  while [ "$copy" -le "$OFFSITE" ]; do
    set_entry target OFFSITE "$copy" NAME
    [ -f "$SERVICE_DIR/receipts/$target/$1.json" ] || return 0
    copy=$((copy + 1))
  done
  return 1
}

# local_sets: every one of them was read whole before its manifest was written.
local_sets() {
  set_ids >retain.ids || return
  while IFS= read -r one; do
    printf '%s%s 1%s\n' "$one" "$(flag [ -e "$SERVICE_DIR/pins/$one" ])" "$(flag awaits_copy "$one")"
  done <retain.ids
}

# unless_pinned ID COMMAND…: whoever pins a set holds this lock, and looks whether it is there; so a pin that was set meanwhile wins.
unless_pinned() (
  exec 8>>"$SERVICE_DIR/pins.lock" && flock 8 || return
  if [ -e "$SERVICE_DIR/pins/$1" ]; then
    echo "it was pinned just now"
    return 1
  fi
  shift
  "$@" 8>&-
)

# The manifest's folder loses its name first: what is half gone is no backup.
remove_set() {
  unless_pinned "$1" mv "$SERVICE_DIR/sets/$1" "$SERVICE_DIR/sets/$1.part" >/dev/null &&
    rm -rf "$SERVICE_DIR/sets/$1.part" && say "removed $1"
}

retain_local() {
  local_sets >retain.in && judge retain.in >retain.out || return 0
  while read -r word one rest; do
    [ "$word" != remove ] || remove_set "$one" || say "$one stays: it was pinned just now, or could not be removed"
  done <retain.out
}

# copies: those with a receipt of $target. Only what was read back counts as verified.
copies() {
  for path in "$SERVICE_DIR/receipts/$target"/*.json; do
    [ -f "$path" ] || continue
    one=${path##*/}
    one=${one%.json}
    printf '%s%s%s 0\n' "$one" "$(flag [ -e "$SERVICE_DIR/pins/$one" ])" "$(flag grep -q '"verified":true' "$path")"
  done
}

# The index goes first: without it the rest is no copy.
remove_copy() {
  prefix=$(offsite_prefix "$1")
  unless_pinned "$1" rclone_run deletefile "$remote/$prefix/index.json" >rclone.log 2>&1 || return
  rclone_run purge "$remote/$prefix" >rclone.log 2>&1 || return
  rm -f "$SERVICE_DIR/receipts/$target/$1.json"
  say "removed $1 from $target"
}

# retain_target NUMBER: only where this run's own set was copied and read back.
retain_target() {
  set_entry target OFFSITE "$1" NAME
  set_entry remote OFFSITE "$1" REMOTE
  set_entry prune OFFSITE "$1" PRUNE
  [ "$prune" = 1 ] && grep -q '"verified":true' "$SERVICE_DIR/receipts/$target/$id.json" 2>/dev/null || return 0
  copies >retain.in && judge retain.in >retain.out || return 0
  while read -r word one rest; do
    [ "$word" != remove ] || remove_copy "$one" </dev/null || say "$one could not be removed from $target: $(store_reason)"
  done <retain.out
}

retain_offsite() {
  number=1
  while [ "$number" -le "$OFFSITE" ]; do
    retain_target "$number"
    number=$((number + 1))
  done
}
