# Sourced: tells the operator. rclone's own POST is used because no program for it is in every image; address and token go by the
# environment, and a `#` keeps off the address what rclone puts behind it. Nothing that fails here makes a backup fail.

# post URL KEY=VALUE…: a JSON object; only the server's own 2xx counts.
post() {
  address=$1
  shift
  rm -f notify.log
  HOME="$PWD" XDG_CACHE_HOME="$PWD" RCLONE_CONFIG='' RCLONE_LOG_LEVEL=DEBUG RCLONE_DUMP=headers RCLONE_URL="$address#" \
    "$TOOLS/rclone" --contimeout 10s --timeout 30s rc notify "$@" >/dev/null 2>notify.log 9>&- || :
  sent=0
  grep -q 'HTTP/[0-9.]* 2[0-9][0-9]' notify.log || sent=1
  # It may hold the token.
  rm -f notify.log
  return "$sent"
}

with_query() { case "$1" in *\?*) printf '%s&%s' "$1" "$2" ;; *) printf '%s?%s' "$1" "$2" ;; esac; }

# send_note KIND URL EVENT: in the words of each service.
send_note() {
  urgent=3
  [ "$3" = success ] || urgent=4
  case "$1" in
    # ntfy takes its fields out of any JSON by a template.
    ntfy) post "$(with_query "$2" "template=yes&title=%7B%7B.title%7D%7D&message=%7B%7B.message%7D%7D&priority=$urgent")" title="$title" message="$note" ;;
    discord) post "$2" content="$title: $note" ;;
    gotify) post "$2" title="$title" message="$note" ;;
    healthchecks)
      if [ "$3" = success ]; then post "${2%/}" note="$note"; else post "${2%/}/fail" note="$note"; fi
      ;;
    webhook) post "$2" schema=dbctl.notify/1 service="$SERVICE" event="$3" kind="$KIND" id="$id" at="$began" error="$error" ;;
    *) return 1 ;;
  esac
}

# notify EVENT: success or failure.
notify() {
  [ "$NOTIFY" -gt 0 ] || return 0
  note="$SERVICE: backup $id"
  [ -z "$error" ] || note="$SERVICE: $error"
  title="backup $1"
  lost=
  [ ! -f "${NOMAD_SECRETS_DIR:-.}/notify.env" ] || . "${NOMAD_SECRETS_DIR:-.}/notify.env"
  number=1
  while [ "$number" -le "$NOTIFY" ]; do
    set_entry kind NOTIFY "$number" KIND
    set_entry wanted NOTIFY "$number" ON
    set_entry address NOTIFY "$number" URL
    case " $wanted " in
      *" $1 "*) send_note "$kind" "$address" "$1" || lost="${lost:+$lost, }$kind" ;;
    esac
    number=$((number + 1))
  done
  problem notify "${lost:+$lost did not take the message of $began}"
}
