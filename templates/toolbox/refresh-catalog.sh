#!/bin/sh
# Writes the catalog anew. A backup that is being made does so at its end anyway. run.env: RUN, as wanted CONFIG.
set -eu
. ./lib.sh
. ./backup-env.sh
load_config
. ./catalog.sh
if take_lock; then
  write_catalog || die 23 "the catalog could not be written"
else
  say "a backup is being made: it writes the catalog"
fi
