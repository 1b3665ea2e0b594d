#!/bin/sh
# Evidence of a database by itself. run.env: RUN PGHOST PGPORT PGUSER PGDATABASE, and as wanted PGPASSFILE, JOBS.
set -eu
. ./lib.sh
. ./run.env
session_options

if [ "${1:-}" = --inside ]; then
  evidence_inside
  exit 0
fi

say "evidence begins"
take_evidence
say "done"
