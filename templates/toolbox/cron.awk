# Is a backup due? Values: schedule (five cron fields), now ("2026 11 28 15 04", of the wall clock), done (the last minute that was
# looked at, as this printed it; empty at first). Prints "<1 or 0> <minute>", the minute being the next `done`.
# Minutes are those of the wall clock on one line: an hour that is left out in spring lies in between and runs once, one that comes
# twice in autumn lies behind and does not run again, and whatever was slept through runs once.
function days(y, m, d) {
  if (m <= 2) { y--; m += 12 }
  return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d
}
function from_days(n, y) {
  y = int((n - 1) / 365.2425) + 1
  while (days(y, 3, 1) > n) y--
  n -= days(y, 3, 1)
  month = int((5 * n + 2) / 153)
  day = n - int((153 * month + 2) / 5) + 1
  month = month < 10 ? month + 3 : month - 9
}
function number(text, names, at) {
  if (text ~ /^[0-9]+$/) return text + 0
  at = index(names, tolower(text))
  return at ? int(at / 3) + shift : -1
}
# allow FIELD: every value of it into allowed[which, value].
function allow(which, text, low, high, names, items, n, i, step, from, to, part) {
  n = split(text, items, ",")
  for (i = 1; i <= n; i++) {
    step = 1; to = -1
    if (split(items[i], part, "/") == 2) step = part[2] + 0
    if (part[1] == "*") { from = low; to = high }
    else {
      open = index(items[i], "/") && !index(part[1], "-")
      if (split(part[1], part, "-") == 2) to = number(part[2], names)
      from = number(part[1], names)
      if (to < 0) to = open ? high : from
    }
    if (step < 1 || from < low || to > high) bad = 1
    else for (; from <= to; from += step) allowed[which, from] = 1
  }
}
# Day of month or day of week where both are given, as cron has it.
function day_fits(n, a, b) {
  from_days(n)
  if (!((4, month) in allowed)) return 0
  a = (3, day) in allowed
  b = (5, (n + 2) % 7) in allowed
  if (field[3] ~ /^\*/ || field[5] ~ /^\*/) return a && b
  return a || b
}
BEGIN {
  if (split(schedule, field, " ") != 5) exit 2
  allow(1, field[1], 0, 59)
  allow(2, field[2], 0, 23)
  allow(3, field[3], 1, 31)
  shift = 1; allow(4, field[4], 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec")
  shift = 0; allow(5, field[5], 0, 7, "sunmontuewedthufrisat")
  if (bad) exit 2
  if ((5, 7) in allowed) allowed[5, 0] = 1
  split(now, clock, " ")
  today = days(clock[1] + 0, clock[2] + 0, clock[3] + 0)
  minute = today * 1440 + clock[4] * 60 + clock[5]
  # More than any change of the zone: the clock was set back, and waiting for it to come round again would take too long.
  if (done == "" || done - minute > 180) { print "0 " sprintf("%.0f", minute); exit 0 }
  if (done >= minute) { print "0 " sprintf("%.0f", done); exit 0 }
  first = done + 1
  if (minute - first > 400 * 1440) first = minute - 400 * 1440
  due = 0
  for (n = int(first / 1440); n <= today && !due; n++) {
    if (!day_fits(n)) continue
    from = n == int(first / 1440) ? first - n * 1440 : 0
    to = n == today ? minute - n * 1440 : 1439
    for (i = from; i <= to && !due; i++) due = ((2, int(i / 60)) in allowed) && ((1, i % 60) in allowed)
  }
  print due " " sprintf("%.0f", minute)
}
