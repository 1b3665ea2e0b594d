# Lines of attempts and receipts → Prometheus text. Values: service, sets.
function epoch(at, y, m, d) {
  y = substr(at, 1, 4) + 0; m = substr(at, 6, 2) + 0; d = substr(at, 9, 2) + 0
  if (m <= 2) { y--; m += 12 }
  return (365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 719469) * 86400 \
    + substr(at, 12, 2) * 3600 + substr(at, 15, 2) * 60 + substr(at, 18, 2)
}
function text(name) { return match($0, "\"" name "\":\"[^\"]*\"") ? substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5) : "" }
function show(name, help, labels, value) {
  if (!(name in told)) printf "# HELP %s %s\n# TYPE %s gauge\n", name, help, name
  told[name] = 1
  printf "%s{%s} %.0f\n", name, labels, value
}
/^\{"schema":"dbctl.receipt\/1"/ { at = epoch(text("at")); target = text("target"); if (at > sent[target]) sent[target] = at; next }
/^\{"at":/ {
  last = epoch(text("at")); status = text("status")
  if (status != "failed") { success = last; if (match($0, /"seconds":[0-9]+/)) seconds = substr($0, RSTART + 10, RLENGTH - 10) }
}
END {
  label = "service=\"" service "\""
  show("dbctl_backup_sets", "Backups on the backup volume.", label, sets)
  if (last) show("dbctl_backup_last_attempt_timestamp_seconds", "Begin of the last attempt.", label, last)
  if (last) show("dbctl_backup_last_attempt_status", "0 ok, 1 an off-site copy failed, 2 no backup was made.", label, status == "ok" ? 0 : status == "offsite-failed" ? 1 : 2)
  if (success) show("dbctl_backup_last_success_timestamp_seconds", "Begin of the last attempt that made a backup.", label, success)
  if (success) show("dbctl_backup_duration_seconds", "How long it took.", label, seconds)
  for (target in sent) show("dbctl_offsite_last_success_timestamp_seconds", "The last copy at an off-site target.", label ",target=\"" target "\"", sent[target])
}
