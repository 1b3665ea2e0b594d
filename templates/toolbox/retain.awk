# Which sets go: lines "id pinned verified needed" (0 or 1) → "keep <id> <why>" or "remove <id>", newest first.
# Values: last, daily, weekly, monthly. The counter orders, never the clock: a time stamp only says to which day, week or month
# a set belongs, so a clock that jumped can fill a place of its own and take no other's.
function days(stamp, y, m, d) {
  y = substr(stamp, 1, 4) + 0; m = substr(stamp, 5, 2) + 0; d = substr(stamp, 7, 2) + 0
  if (m <= 2) { y--; m += 12 }
  return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d
}
# The newest of each day, week or month holds its place, as many as are wanted.
function place(kind, key, wanted) {
  if ((kind, key) in seen || used[kind] >= wanted) return 0
  seen[kind, key] = 1
  used[kind]++
  return 1
}
function why(id, n, pinned, verified, needed, stamp, reason) {
  stamp = substr(id, index(id, "-") + 1)
  reason = ""
  if (n <= least) reason = reason " last"
  if (place("daily", substr(stamp, 1, 8), daily)) reason = reason " daily"
  # 1 January of year 1 was a Monday; day 307 counts from 1 March of year 0.
  if (place("weekly", int((days(stamp) - 307) / 7), weekly)) reason = reason " weekly"
  if (place("monthly", substr(stamp, 1, 6), monthly)) reason = reason " monthly"
  if (verified && !have_verified) { have_verified = 1; reason = reason " newest-verified" }
  if (pinned) reason = reason " pinned"
  if (needed) reason = reason " needed"
  return reason
}
# BusyBox takes a number that begins with 0 for an octal one.
function counter(id) { sub(/^0+/, "", id); return id + 0 }
NF { n++; id[n] = $1; number[n] = counter($1); flags[n] = $2 " " $3 " " $4 }
END {
  least = last > 1 ? last : 1
  for (i = 2; i <= n; i++) {
    at = number[i]; one = id[i]; flag = flags[i]
    for (j = i - 1; j > 0 && number[j] < at; j--) { number[j + 1] = number[j]; id[j + 1] = id[j]; flags[j + 1] = flags[j] }
    number[j + 1] = at; id[j + 1] = one; flags[j + 1] = flag
  }
  for (i = 1; i <= n; i++) {
    split(flags[i], flag_of, " ")
    reason = why(id[i], i, flag_of[1] + 0, flag_of[2] + 0, flag_of[3] + 0)
    if (reason != "") print "keep " id[i] reason
    else print "remove " id[i]
  }
}
