#!/bin/sh
# Prints what retention would keep and remove now, of the sets on the volume. Changes nothing. run.env: RUN, as wanted CONFIG.
set -eu
. ./lib.sh
. ./backup-env.sh
load_config
. ./catalog.sh
. ./retain.sh
local_sets >retain.in
judge retain.in >retain.txt
cat retain.txt
printf 'retain.txt\n' >results
