#!/bin/sh
# Runs job.sh of a step directory detached from whoever started it.
#   run.sh <dir>          start once; prints started, running, finished or lost
#   run.sh --state <dir>  the same words (or absent) without starting
#   run.sh --kill <dir>   ends the whole process group
# The directory gets: pid, log, status (JSON, last, renamed into place).
set -eu
umask 077
export LC_ALL=C

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# A number alone may belong to another process by now, so its command line must name this directory.
alive() {
  [ -s "$1/pid" ] || return 1
  pid=$(cat "$1/pid")
  [ -r "/proc/$pid/cmdline" ] || return 1
  tr '\000' '\n' <"/proc/$pid/cmdline" >"$1/cmdline.$$" 2>/dev/null || {
    rm -f "$1/cmdline.$$"
    return 1
  }
  found=1
  grep -F -x -q -e "$1" "$1/cmdline.$$" && grep -F -x -q -e --work "$1/cmdline.$$" && found=0
  rm -f "$1/cmdline.$$"
  return "$found"
}

state() {
  if [ -f "$1/status" ]; then echo finished
  elif [ ! -d "$1/lock" ]; then echo absent
  elif alive "$1" || [ ! -e "$1/pid" ]; then echo running
  # It may have ended between the two looks.
  elif [ -f "$1/status" ]; then echo finished
  else echo lost; fi
}

results() {
  comma=
  [ -f results ] || return 0
  while IFS= read -r name; do
    sum=$(sha256sum <"$name")
    size=$(wc -c <"$name")
    printf '%s{"name":"%s","bytes":%d,"sha256":"%s"}' "$comma" "$name" "$size" "${sum%% *}"
    comma=,
  done <results
}

finish() {
  {
    printf '{"exit":%d,"started":"%s","finished":"%s","results":[' "$1" "$started" "$(now)"
    [ "$1" -ne 0 ] || results
    printf ']}\n'
  } >status.tmp
  sync status.tmp 2>/dev/null || sync
  mv -f status.tmp status
}

work() {
  cd "$1"
  started=$(now)
  rc=0
  child=
  trap 'rc=143; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || :' TERM INT HUP
  echo "$$" >pid.tmp
  mv pid.tmp pid
  sh job.sh >log 2>&1 </dev/null &
  child=$!
  # A signal ends `wait` early, so wait until the child is really gone.
  while :; do
    code=0
    wait "$child" || code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  [ "$rc" -ne 0 ] || rc=$code
  finish "$rc"
}

kill_group() {
  alive "$1" || return 0
  pid=$(cat "$1/pid")
  kill -TERM "-$pid" 2>/dev/null || return 0
  left=50
  while [ "$left" -gt 0 ] && alive "$1"; do
    sleep 0.2
    left=$((left - 1))
  done
  alive "$1" || return 0
  kill -KILL "-$pid" 2>/dev/null || :
}

case "$1" in
  --work) work "$2" ;;
  --state) state "$2" ;;
  --kill)
    kill_group "$2"
    state "$2"
    ;;
  *)
    if mkdir "$1/lock" 2>/dev/null; then
      setsid sh "$1/run.sh" --work "$1" </dev/null >/dev/null 2>&1 &
      echo started
    else
      state "$1"
    fi
    ;;
esac
