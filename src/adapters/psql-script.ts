import { FIND_PSQL, FIND_SERVER } from '../shared/psql-shell.js';

/**
 * Runs one psql script inside a task; every value comes by position or stdin, so this text is fixed.
 *
 * $1 nonce, $2 database, $3 host, $4 port, $5 user, $6 bytes of script, $7 statement timeout in ms.
 * stdin: one line (a pgpass entry or empty), then exactly $6 bytes of SQL.
 *
 * - The whole script is stored and measured before psql starts: psql fed from a connection that breaks would run the first
 *   half of a statement (`delete from t where …` becomes `delete from t`).
 * - Without a host the server's own socket is looked for: in the shared alloc folder, then where packages put it. The port is
 *   the task's PGPORT, else that of the only socket there.
 * - psql's stderr is framed behind its rows on stdout, and the task waits for stdin to close, because output after the
 *   last acknowledged line can be lost (hashicorp/nomad#27146). Nomad never closes the stdin of a client that went away
 *   (seen on 1.11.1), so secrets are removed before that wait, and it ends by itself.
 * - Whoever makes the folder `go` first has it: the script, which then starts psql, or a look after a lost connection
 *   (PSQL_PROBE), after which psql never starts.
 */
export const PSQL_SCRIPT = `set -u
umask 077
export LC_ALL=C
nonce=$1
work="\${NOMAD_SECRETS_DIR:-\${TMPDIR:-/tmp}}/$nonce"
mkdir "$work" || exit 70
trap 'rm -rf "$work"' EXIT
trap 'exit 71' HUP INT TERM PIPE
finish() {
  printf '\\n%s %s\\n' "$nonce" "$1"
  if [ -s "$work/err" ]; then tail -c 16384 "$work/err"; fi
  rm -rf "$work"
  printf '\\n%s end\\n' "$nonce"
  if command -v timeout >/dev/null 2>&1; then timeout 60 cat >/dev/null; else cat >/dev/null; fi
  exit 0
}
IFS= read -r pgpass || finish 72
receive=
if command -v timeout >/dev/null 2>&1; then receive='timeout 60'; fi
$receive head -c "$6" >"$work/script.sql" 2>"$work/err" || finish 73
[ "$(wc -c <"$work/script.sql")" -eq "$6" ] || finish 73
mkdir "$work/go" || finish 73
${FIND_PSQL}if ! command -v psql >/dev/null 2>&1; then finish 127; fi
if [ -n "$pgpass" ]; then
  printf '%s\\n' "$pgpass" >"$work/pgpass" || finish 73
  export PGPASSFILE="$work/pgpass"
  unset PGPASSWORD
fi
host=$3
port=$4
${FIND_SERVER}export PGDATABASE="$2" PGUSER="$5" PGAPPNAME=dbctl PGCONNECT_TIMEOUT=10 PGCLIENTENCODING=UTF8
export PGOPTIONS="-c client_min_messages=warning -c statement_timeout=$7"
psql -w -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -v SHOW_CONTEXT=never \\
  -f "$work/script.sql" \\
  -c "select 'dbctl: open transaction' where statement_timestamp() is distinct from transaction_timestamp()" \\
  </dev/null 2>"$work/err"
finish $?
`;

/**
 * What became of a script whose connection was lost. $1 nonce of this question, $2 nonce of the script. `never`: it has not run
 * and never will. `running`: psql is at work. `ended`: it is over, and how is not known, or it never began and never will.
 */
export const PSQL_PROBE = `set -u
umask 077
work="\${NOMAD_SECRETS_DIR:-\${TMPDIR:-/tmp}}/$2"
if mkdir "$work" 2>/dev/null; then
  answer=ended
elif mkdir "$work/go" 2>/dev/null; then
  answer=never
elif [ -d "$work" ]; then
  answer=running
else
  answer=ended
fi
printf '\\n%s %s\\n%s end\\n' "$1" "$answer" "$1"
if command -v timeout >/dev/null 2>&1; then timeout 60 cat >/dev/null; else cat >/dev/null; fi
exit 0
`;
