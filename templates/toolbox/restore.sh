#!/bin/sh
# Restores $IN into an empty database, after every checksum has been checked.
# run.env: RUN PGHOST PGPORT PGUSER PGDATABASE IN, and as wanted
# JOBS, MAINTENANCE_MEMORY, MANIFEST_SHA256, ANALYZE (0 leaves it out), EVIDENCE (1 takes the evidence of the result),
# AS_IT_WAS (1 makes the database first, and gives it the rights and settings of its own that the dump tells).
# CHECK_ONLY=1 ends after the checksums and needs no server.
set -eu
. ./lib.sh
. ./run.env
# A database that is made as it was may be set to be read only.
[ "${AS_IT_WAS:-0}" = 1 ] && writable='-c default_transaction_read_only=off' || writable=
session_options "-c synchronous_commit=off -c maintenance_work_mem=${MAINTENANCE_MEMORY:-128MB} $writable"

if [ "${1:-}" = --inside ]; then
  evidence_inside
  exit 0
fi

# pg_restore and vacuumdb read a plain name with `=` in it as a connection string.
conninfo() {
  escaped=$(printf '%s' "$PGDATABASE" | sed "s/[\\\\']/\\\\&/g")
  printf "dbname='%s'" "$escaped"
}

check_empty() {
  psql -X -q -A -t -w -v ON_ERROR_STOP=1 -f empty.sql >empty.out || die 23 "the target does not answer"
  [ ! -s empty.out ] || {
    cat empty.out
    die 20 "the target database is not empty"
  }
}

# An asynchronous commit is safe once a later synchronous one has flushed the log up to it.
flush_log() {
  psql -X -q -w -v ON_ERROR_STOP=1 -o /dev/null -c "set synchronous_commit = on; select pg_logical_emit_message(true, 'dbctl', 'restored')"
}

# make_database: as the dump tells, with the names and texts in it, where no shell reads them. pg_restore takes `DATABASE` and its
# settings whatever the list says, so the list has all that speaks of the database itself, in the order of the dump.
make_database() {
  found=$(psql -X -A -t -q -w -v ON_ERROR_STOP=1 -v "name=$PGDATABASE" -d postgres <<'SQL'
select count(*) from pg_database where datname = :'name'
SQL
  ) || die 23 "the target does not answer"
  [ "$found" = 0 ] || die 20 "there is a database of that name"
  pg_restore -l --create "$archive" >whole.toc || die 21 "pg_restore cannot read the dump"
  grep '^[0-9]*; [0-9]* [0-9]* \(DATABASE\|DATABASE PROPERTIES\|ACL - DATABASE\|COMMENT - DATABASE\|SECURITY LABEL - DATABASE\) ' whole.toc >itself.toc ||
    die 21 "the dump does not say how its database is made"
  pg_restore -w --create --exit-on-error --no-tablespaces -L itself.toc -d postgres "$archive" >itself.log 2>&1 || {
    cat itself.log
    die 23 "the database cannot be made as it was"
  }
}

report_items() {
  while :; do
    done_items=$(grep -c '^pg_restore: \(creating\|processing\|finished item\|launching item\)' restore.log 2>/dev/null) || :
    printf '{"items":%d,"total":%d}\n' "${done_items:-0}" "$total" | put progress
    sleep 1
  done
}

say "checking the dump"
check_artifact
if [ "${CHECK_ONLY:-0}" = 1 ]; then
  say "the dump is whole"
  exit 0
fi
archive=$(archive)
[ "${AS_IT_WAS:-0}" != 1 ] || make_database
check_empty
pg_restore -l "$archive" >toc || die 21 "pg_restore cannot read the dump"
total=$(grep -c '^[0-9]' toc) || :
# Tables and large objects: each holds a lock in a transaction, of which a server has a few thousand.
locks=$(awk '/^\{"k" : "table",/ { n++ } /^\{"k" : "largeobjects"/ && match($0, /"count" : [0-9]+/) { n += substr($0, RSTART + 10, RLENGTH - 10) }
  END { printf "%.0f", n }' "$IN/evidence.jsonl")
bytes=$(field bytes)
jobs=$(sessions_for "${bytes:-0}")
trap 'exit 143' TERM INT HUP
report_items &
reporter=$!
trap 'kill "$reporter" 2>/dev/null || :' EXIT
say "restore begins with $jobs sessions"
# An extension belongs to whoever makes it, for good; the run's own role has to go again.
maker=$(psql -X -q -A -t -w -v ON_ERROR_STOP=1 -c 'select rolname from pg_roles where oid = 10') || die 23 "the target does not answer"
restore_with() { pg_restore -w --role "$maker" --no-tablespaces -v "$@" "$archive"; }

restore_direct() {
  if [ "$jobs" -eq 1 ] && [ "$locks" -lt 1000 ]; then
    # One transaction: whole or nothing.
    restore_with --single-transaction -d "$(conninfo)" "$@" >>restore.log 2>&1
  else
    restore_with --exit-on-error -j "$jobs" -d "$(conninfo)" "$@" >>restore.log 2>&1
  fi
}

# Pipes have names here, so that the end of each program counts. Without the COMMIT at the end of the text nothing is kept.
restore_as_text() {
  rm -f sql.raw sql.plain
  mkfifo sql.raw sql.plain
  restore_with --single-transaction -f - "$@" >sql.raw 2>>restore.log &
  reader=$!
  plain_settings <sql.raw >sql.plain &
  filter=$!
  sent=0
  psql -X -q -w -v ON_ERROR_STOP=1 -o /dev/null -f sql.plain >psql.log 2>&1 || sent=$?
  [ "$sent" -eq 0 ] || kill "$reader" "$filter" 2>/dev/null || :
  wait "$reader" || sent=$?
  wait "$filter" || sent=$?
  cat psql.log >>restore.log
  rm -f sql.raw sql.plain
  return "$sent"
}

restore_schema() {
  restore_with --section=pre-data -f schema.raw >>restore.log 2>&1 || return
  plain_schema <schema.raw >schema.sql || return
  psql -X -q -w -v ON_ERROR_STOP=1 --single-transaction -o /dev/null -f schema.sql >>restore.log 2>&1
}

# text_problem: what psql refused of the schema as text, and the object whose definition it was at.
text_problem() {
  line=$(sed -n '/^psql:schema\.sql:[0-9]*: ERROR/{s/^psql:schema\.sql:\([0-9]*\): .*/\1/p;q;}' restore.log)
  [ -n "$line" ] || return 0
  awk -v line="$line" 'NR > line { exit } /^-- Name: / { last = $0 } END { print "restore: at " last }' schema.sql
  awk '/^psql:schema\.sql:/ { on = 1 } on && n++ < 12' restore.log
}

here=$(server_version) || die 23 "the target does not answer"
: >restore.log
rc=0
if [ "$here" = "$(field serverVersion)" ]; then
  restore_direct || rc=$?
else
  say "from PostgreSQL $(field serverVersion) to $here: the schema goes in as SQL text"
  restore_schema || rc=$?
  if [ "$rc" -ne 0 ]; then
    :
  elif [ "$((here / 10000))" -lt "$(major_of pg_restore)" ]; then
    say "an older server: so do the rows, in one session"
    restore_as_text --section=data --section=post-data || rc=$?
  else
    restore_direct --section=data --section=post-data || rc=$?
  fi
fi
[ "$rc" -eq 0 ] || {
  # A command may be longer than what is shown: the object and the server's words come first.
  awk '/^pg_restore: from TOC entry/ { on = 1 } on && n++ < 14' restore.log >problem
  [ -s problem ] || text_problem >problem
  if [ -s problem ]; then
    cat problem
    die 24 "pg_restore ended with $rc"
  fi
  tail -n 20 restore.log
  die 23 "pg_restore ended with $rc"
}
flush_log || die 23 "the log could not be flushed"
say "restored"
analyzer=
if [ "${ANALYZE:-1}" = 1 ]; then
  vacuumdb -w --analyze-only -q -j "$jobs" -d "$(conninfo)" &
  analyzer=$!
fi
if [ "${EVIDENCE:-0}" = 1 ]; then
  take_evidence
  # Checked above against the manifest; to be compared with the evidence of the result.
  cp "$IN/evidence.jsonl" dumped.jsonl
  printf 'dumped.jsonl\n' >>results
fi
[ -z "$analyzer" ] || wait "$analyzer" || die 23 "ANALYZE failed"
say "done"
