import { DRAIN_STDIN } from './drain-stdin.js';

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
mkdir "$work" || finish no-directory
trap 'rm -rf "$work"' EXIT
trap 'exit 71' HUP INT TERM PIPE
receive=
if command -v timeout >/dev/null 2>&1; then receive='timeout 60'; fi
$receive head -c "$5" >"$work/all" || finish short
[ "$(wc -c <"$work/all")" -eq "$5" ] || finish short
head -c "$4" "$work/all" >"$work/table" || finish short
at=$(($4 + 1))
while IFS=' ' read -r name mode bytes sum; do
  tail -c "+$at" "$work/all" 2>/dev/null | head -c "$bytes" >"$work/new.$name"
  have=$(sha256sum "$work/new.$name") || finish no-checksum
  [ "\${have%% *}" = "$sum" ] || finish damaged
  chmod "$mode" "$work/new.$name" || finish no-mode
  at=$((at + bytes))
done <"$work/table"
while IFS=' ' read -r name mode bytes sum; do
  mv -f "$work/new.$name" "$dir/$name" || finish no-rename
done <"$work/table"
finish stored
`;
