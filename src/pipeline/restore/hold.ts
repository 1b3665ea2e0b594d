import type { MoveContext } from '../context.js';
import type { Toolbox } from '../live.js';
import { inToolbox } from '../toolbox-run.js';

/** Why a set is kept from retention: told by the operator, by an image, or for a run that reads it. */
export type Holder = 'pin' | `image ${string}` | `run ${string}`;

export interface Held {
  /** `/backups/<service>`. */
  readonly home: string;
  readonly id: string;
}

type HoldContext = Pick<MoveContext, 'nomad' | 'signal'>;

/**
 * A pin is a file of lines, one for each holder; retention asks only whether it is there. One without lines is the operator's
 * own, as pins were before. $1 home, $2 id, $3 holder.
 */
const LOCK = 'mkdir -p "$1/pins"; exec 8>>"$1/pins.lock"; flock 8; pin="$1/pins/$2"';
const HOLD = `${LOCK}; [ -f "$1/sets/$2/manifest.json" ]
if [ -e "$pin" ] && [ ! -s "$pin" ]; then echo pin >"$pin"; fi
grep -q -s -x -F -e "$3" "$pin" || printf '%s\\n' "$3" >>"$pin"`;
const RELEASE = `${LOCK}
if [ -s "$pin" ]; then
  grep -v -x -F -e "$3" "$pin" >"$1/pins.new" || [ $? -eq 1 ]
  if [ -s "$1/pins.new" ]; then mv -f "$1/pins.new" "$pin"; else rm -f -- "$1/pins.new" "$pin"; fi
elif [ "$3" = pin ]; then
  rm -f -- "$pin"
fi`;

/** Keeps a set for that holder. Twice is once. Throws EXEC_FAILED when the set is not there. */
export async function holdSet(ctx: HoldContext, toolbox: Toolbox, { home, id }: Held, by: Holder): Promise<void> {
  await inToolbox(ctx, toolbox, HOLD, home, id, by);
}

/** Lets it go; other holders keep it. Absent is success. */
export async function releaseSet(ctx: HoldContext, toolbox: Toolbox, { home, id }: Held, by: Holder): Promise<void> {
  await inToolbox(ctx, toolbox, RELEASE, home, id, by);
}
