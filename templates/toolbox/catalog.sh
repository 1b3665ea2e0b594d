# Sourced: what dbctl reads of a service's backups. Rewritten whole, so that nobody ever sees half of it.

# json_text TEXT: the inside of a JSON string; what cannot be printed is left out.
json_text() { printf '%s' "$1" | tr '\n\t' '  ' | tr -d '\000-\037' | sed 's/[\\"]/\\&/g'; }

json_or_null() { if [ -n "$1" ]; then printf '"%s"' "$(json_text "$1")"; else printf null; fi; }

# set_ids: of the finished sets, oldest first, by counter.
set_ids() {
  for path in "$SERVICE_DIR"/sets/*/manifest.json; do
    [ -f "$path" ] || continue
    path=${path%/manifest.json}
    case "$path" in *.part) ;; *) printf '%s\n' "${path##*/}" ;; esac
  done >set.ids.tmp
  sort -n set.ids.tmp
  rm -f set.ids.tmp
}

record_attempt() {
  if [ -f "$SERVICE_DIR/attempts.jsonl" ]; then
    tail -n 199 "$SERVICE_DIR/attempts.jsonl" | grep '^{.*}$' >attempts.tmp || :
  else
    : >attempts.tmp
  fi
  cat "$1" >>attempts.tmp
  put "$SERVICE_DIR/attempts.jsonl" <attempts.tmp
  rm -f attempts.tmp
}

# joined FILE…: each a line of JSON, with commas between. What a crash left half written is no line: it would spoil them all.
joined() { awk '/^\{.*\}$/ { printf "%s%s", sep, $0; sep = "," }' "$@"; }

catalog_set() {
  pinned=false
  [ ! -e "$SERVICE_DIR/pins/$1" ] || pinned=true
  sed 's/}$//' "$SERVICE_DIR/sets/$1/manifest.json" | tr -d '\n'
  printf ',"pinned":%s,"receipts":[' "$pinned"
  cat /dev/null "$SERVICE_DIR"/receipts/*/"$1.json" 2>/dev/null >receipts.tmp || :
  joined receipts.tmp
  printf ']}'
}

catalog_text() {
  cat /dev/null "$SERVICE_DIR"/problems/* 2>/dev/null >problems.tmp || :
  problems=$(awk '{ printf "%s%s", sep, $0; sep = "; " }' problems.tmp)
  zone=
  [ -z "$SCHEDULE" ] || zone=$ZONE
  printf '{"schema":"dbctl.catalog/1","service":"%s","written":"%s","schedule":%s,"zone":%s,"problem":%s,"sets":[' \
    "$(json_text "$SERVICE")" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(json_or_null "$SCHEDULE")" "$(json_or_null "$zone")" "$(json_or_null "$problems")"
  set_ids >set.ids
  comma=
  while IFS= read -r set_id; do
    printf '%s' "$comma"
    catalog_set "$set_id"
    comma=,
  done <set.ids
  printf '],"attempts":['
  [ ! -f "$SERVICE_DIR/attempts.jsonl" ] || joined "$SERVICE_DIR/attempts.jsonl"
  printf '],"drills":['
  [ ! -f "$SERVICE_DIR/drills.jsonl" ] || joined "$SERVICE_DIR/drills.jsonl"
  printf ']}\n'
}

metrics_text() {
  cat /dev/null "$SERVICE_DIR/attempts.jsonl" 2>/dev/null >metrics.in || :
  cat "$SERVICE_DIR"/receipts/*/*.json 2>/dev/null >>metrics.in || :
  awk -v service="$SERVICE" -v sets="$(grep -c '' set.ids || :)" -f metrics.awk metrics.in
}

write_catalog() {
  mkdir -p "$catalog_dir" && catalog_text >catalog.tmp && put "$catalog_dir/catalog.json" <catalog.tmp || return
  metrics_text >metrics.tmp && put "$catalog_dir/metrics.prom" <metrics.tmp || return
  rm -f catalog.tmp metrics.tmp metrics.in receipts.tmp problems.tmp set.ids
}
