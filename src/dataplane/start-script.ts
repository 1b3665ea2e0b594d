import { DRAIN_STDIN } from './drain-stdin.js';

/** Starts a run unless it was started before. $1 nonce, $2 folder below NOMAD_ALLOC_DIR. */
export const START_SCRIPT = `set -u
umask 077
dir="$NOMAD_ALLOC_DIR/$2"
answer=started
if [ -e "$dir/lock" ] || [ -e "$dir/pid" ] || [ -e "$dir/status" ]; then
  answer=attached
elif [ ! -r "$dir/run.sh" ]; then
  answer=missing
elif command -v setsid >/dev/null 2>&1; then
  setsid sh "$dir/run.sh" "$dir" </dev/null >/dev/null 2>&1 &
else
  answer=no-setsid
fi
printf '\\n%s %s\\n%s end\\n' "$1" "$answer" "$1"
${DRAIN_STDIN}
exit 0
`;

/**
 * Whether a run's processes still live. $1 nonce, $2 folder, $3 pid, which is the id of the run's process group too.
 * The command line is compared, because a pid is used again after the task was restarted. Zombies do not count, although
 * `kill -0` finds them: nobody reaps them where the task's first process is a plain sleep. `group`: the harness itself is gone
 * but a process of its group is not.
 */
export const ALIVE_SCRIPT = `set -u
dir="$NOMAD_ALLOC_DIR/$2"
nonce=$1
pid=$3
answer=gone
if [ -r "/proc/$pid/cmdline" ]; then
  case $(tr '\\000' ' ' <"/proc/$pid/cmdline") in
    *"$dir"*) answer=alive ;;
  esac
fi
if [ "$answer" = gone ]; then
  for stat in /proc/[0-9]*/stat; do
    line=
    { IFS= read -r line <"$stat"; } 2>/dev/null || continue
    set -- \${line##*) }
    if [ "\${3:-}" = "$pid" ] && [ "\${1:-Z}" != Z ]; then
      answer=group
      break
    fi
  done
fi
printf '\\n%s %s\\n%s end\\n' "$nonce" "$answer" "$nonce"
${DRAIN_STDIN}
exit 0
`;
