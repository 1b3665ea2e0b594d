# Sourced: tells the operator. rclone's own POST is used because no program for it is in every image; address and token go by the
# environment, and a `#` keeps off the address what rclone puts behind it. Nothing that fails here makes a backup fail.

# object KEY VALUE…: as JSON.
object() {
  sep='{'
  while [ "$#" -gt 1 ]; do
    printf '%s"%s":"%s"' "$sep" "$1" "$(json_text "$2")"
    sep=,
    shift 2
  done
  printf '}'
}

# post URL JSON: sets $answer to the status. rclone tells it in its headers only, which may hold the token and so are never a file. The
# first one counts: behind a redirect the message would be a GET.
post() {
  answer=$(
    HOME="$PWD" XDG_CACHE_HOME="$PWD" RCLONE_CONFIG='' RCLONE_LOG_LEVEL=DEBUG RCLONE_DUMP=headers RCLONE_URL="$1#" \
      timeout "${NOTIFY_WAIT:-20}" "$TOOLS/rclone" --contimeout 10s rc notify --json "$2" 2>&1 >/dev/null 9>&- |
      awk '/ DEBUG : HTTP\/[0-9.]+ [0-9]/ && !seen++ { print $6 }'
  )
  case "$answer" in 2??) ;; *) return 1 ;; esac
}

with_query() { case "$1" in *\?*) printf '%s&%s' "$1" "$2" ;; *) printf '%s?%s' "$1" "$2" ;; esac; }

# below URL PART: one more part of the path, before what is asked for.
below() {
  path=${1%%\?*}
  printf '%s/%s%s' "${path%/}" "$2" "${1#"${1%%\?*}"}"
}

# send_note KIND URL EVENT OUTCOME: in the words of each service.
send_note() {
  urgent=3
  [ "$4" = success ] || urgent=4
  text=$(object title "$title" message "$note")
  case "$1" in
    # ntfy takes its fields out of any JSON by a template.
    ntfy) post "$(with_query "$2" "template=yes&title=%7B%7B.title%7D%7D&message=%7B%7B.message%7D%7D&priority=$urgent")" "$text" ;;
    # A name in an error is no call to everybody.
    discord) post "$2" "{\"content\":\"$(json_text "$title: $note")\",\"allowed_mentions\":{\"parse\":[]}}" ;;
    gotify) post "$2" "${text%\}},\"priority\":$((urgent * 2))}" ;;
    healthchecks)
      address=$2
      [ "$4" = success ] || address=$(below "$2" fail)
      post "$address" "$(object note "$note")"
      ;;
    webhook) post "$2" "$(object schema dbctl.notify/1 service "$SERVICE" event "$3" kind "$KIND" id "$id" at "$began" error "$error")" ;;
    *) return 1 ;;
  esac
}

# notify EVENT: success or failure of a backup.
notify() {
  note="$SERVICE: backup $id"
  [ -z "$error" ] || note="$SERVICE: $error"
  title="backup $1"
  [ "$1" = success ] || [ -z "$id" ] || title="backup made, a copy failed"
  send_notes "$1" "$1"
}

# send_notes EVENT OUTCOME: $title and $note to everybody who wants to hear of such an event.
send_notes() {
  [ "$NOTIFY" -gt 0 ] || return 0
  # Discord takes 2000 characters at most.
  note=$(printf '%.1800s' "$note")
  lost=
  [ ! -f "${NOMAD_SECRETS_DIR:-.}/notify.env" ] || . "${NOMAD_SECRETS_DIR:-.}/notify.env"
  number=1
  while [ "$number" -le "$NOTIFY" ]; do
    set_entry kind NOTIFY "$number" KIND
    set_entry wanted NOTIFY "$number" ON
    set_entry address NOTIFY "$number" URL
    answer=
    case " $wanted " in
      *" $1 "*) send_note "$kind" "$address" "$1" "$2" || lost="${lost:+$lost, }notify $number ($kind): ${answer:-no answer}" ;;
    esac
    number=$((number + 1))
  done
  topic=notify
  [ "$1" != drill ] || topic=notify-drill
  problem "$topic" "${lost:+the message of $began was not taken: $lost}"
}
