import { DRAIN_STDIN } from './drain-stdin.js';

/**
 * Cuts what was received into files of as many bytes as its table says. One process for all of them: starting one takes 5 ms
 * on a slow machine, and six a file made a put last 7 s there. ORS, not printf, whose length some awk limit.
 */
const CUT = `
BEGIN { ORS = "" }
function begin() {
  if (at > 0) close(file)
  at++
  file = to name[at]
  if (at <= n) print "" > file
}
head > 0 {
  name[++n] = $1
  left[n] = $3 + 0
  head -= length($0) + 1
  if (head <= 0) begin()
  next
}
{
  text = $0 "\\n"
  while (at <= n && length(text) >= left[at]) {
    print substr(text, 1, left[at]) > file
    text = substr(text, left[at] + 1)
    begin()
  }
  if (at <= n) {
    print text > file
    left[at] -= length(text)
  }
}
END { while (at <= n) begin() }
`;

/**
 * Stores files in a task. $1 nonce, $2 root (alloc | secrets), $3 folder below it, $4 bytes of the table, $5 bytes in all.
 * stdin: a table of `<name> <mode> <bytes> <sha256>` lines, then the files' bytes one after another.
 *
 * Everything is received into one file and cut from there: some `head -c` read ahead of what they print, so the stream itself
 * cannot be cut. No file gets its name before every file has been checked.
 */
export const PUT_SCRIPT = `set -u
umask 077
export LC_ALL=C
nonce=$1
work=
finish() {
  if [ -n "$work" ]; then rm -rf "$work"; fi
  printf '\\n%s %s\\n' "$nonce" "$1"
  ${DRAIN_STDIN}
  exit 0
}
case $2 in
  alloc) root=\${NOMAD_ALLOC_DIR:-} ;;
  secrets) root=\${NOMAD_SECRETS_DIR:-} ;;
  *) finish unknown-root ;;
esac
if [ -z "$root" ]; then finish no-root; fi
dir="$root/$3"
mkdir -p "$dir" || finish no-directory
work="$dir/.put-$nonce"
mkdir "$work" "$work/new" || finish no-directory
trap 'rm -rf "$work"' EXIT
trap 'exit 71' HUP INT TERM PIPE
receive=
if command -v timeout >/dev/null 2>&1; then receive='timeout 60'; fi
$receive head -c "$5" >"$work/all" || finish short
[ "$(wc -c <"$work/all")" -eq "$5" ] || finish short
head -c "$4" "$work/all" >"$work/table" || finish short
for tool in awk sha256sum; do
  command -v "$tool" >/dev/null 2>&1 || finish "no-$tool"
done
awk -v to="$work/new/" -v head="$4" '${CUT}' "$work/all" || finish damaged
while IFS=' ' read -r name mode bytes sum; do
  printf '%s  %s\\n' "$sum" "$name" >>"$work/sums" || finish no-checksum
  [ "$mode" = 600 ] || chmod "$mode" "$work/new/$name" || finish no-mode
done <"$work/table"
(cd "$work/new" && sha256sum -c "../sums" >/dev/null 2>&1) || finish damaged
mv -f "$work/new"/* "$dir/" || finish no-rename
finish stored
`;
