import { DbctlError } from '../../errors/dbctl-error.js';
import type { ServerFiles } from '../../plan/doctor/facts.js';
import { askTask } from '../facts/ask-task.js';
import type { LookDeps } from './deps.js';

/**
 * Prints `name value` lines. Arguments: where the data folder may be, the first that is one counts. POSIX sh for busybox and
 * dash; whatever is not there prints no line.
 */
export const LOOK_SCRIPT = `say() { printf '%s %s\\n' "$1" "$2"; }
say clock "$(date +%s)"
say uid "$(id -u postgres 2>/dev/null || id -u)"
for bin in /usr/lib/postgresql/[0-9]*/bin; do if [ -x "$bin/postgres" ]; then PATH="$bin:$PATH"; fi; done
say server "$(postgres -V 2>/dev/null)"
say dump "$(pg_dump --version 2>/dev/null)"
libc=glibc
for loader in /lib/ld-musl-*; do if [ -e "$loader" ]; then libc=musl; fi; done
say libc "$libc"
data=
for dir in "\${PGDATA:-}" "$@"; do
  if [ -z "$data" ] && [ -n "$dir" ] && [ -e "$dir/PG_VERSION" ]; then data=$dir; fi
done
if [ -n "$data" ]; then
  say data "$data"
  say owner "$(stat -c '%u %a' "$data" 2>/dev/null)"
  say version "$(cat "$data/PG_VERSION" 2>/dev/null)"
  say made "$(cat "\${data%/*}/.dbctl.libc" 2>/dev/null)"
  say df "$(df -Pk "$data" 2>/dev/null | tail -n 1)"
  say mounts ''
  cat /proc/self/mounts 2>/dev/null
fi`;

/** From a shell in the server's own task. Throws EXEC_FAILED for a task that cannot be asked. */
export async function serverFiles(
  { nomad, signal, clock }: LookDeps,
  at: { readonly allocId: string; readonly task: string },
  folders: readonly string[],
): Promise<ServerFiles> {
  const from = unixSeconds(clock);
  const answer = await askTask(nomad, { ...at, script: LOOK_SCRIPT, args: folders }, signal);
  if ('unreadable' in answer)
    throw new DbctlError('EXEC_FAILED', 'its task cannot be asked', {
      where: `task ${at.task} of ${at.allocId.slice(0, 8)}`,
      value: answer.unreadable,
      next: `nomad alloc exec -task ${at.task} ${at.allocId.slice(0, 8)} sh`,
    });
  return parseServerFiles(answer.lines, { from, to: unixSeconds(clock) });
}

const unixSeconds = (clock: LookDeps['clock']): number => Math.round(clock.now().getTime() / 1000);

/** Pure. `asked`: unix seconds here, before the question and after the answer: the task's own clock should lie between. */
export function parseServerFiles(
  lines: readonly string[],
  asked: { readonly from: number; readonly to: number },
): ServerFiles {
  const end = lines.findIndex((line) => line.startsWith('mounts '));
  const told = new Map(
    (end < 0 ? lines : lines.slice(0, end)).map((line) => [
      line.split(' ')[0] ?? '',
      line.slice(line.indexOf(' ') + 1),
    ]),
  );
  const data = told.get('data') || null;
  const [owner, mode] = (told.get('owner') ?? '').split(' ');
  const [, , , free, used] = (told.get('df') ?? '').split(/\s+/);
  const clock = numberOf(told.get('clock'));
  return {
    clock: clock === null ? null : { task: clock, here: Math.min(Math.max(clock, asked.from), asked.to) },
    uid: numberOf(told.get('uid')),
    data,
    owner: numberOf(owner),
    mode: mode || null,
    mount: data === null || end < 0 ? null : mountOf(data, lines.slice(end + 1)),
    freeKb: numberOf(free),
    usedPercent: numberOf(used?.replace('%', '')),
    pgVersion: told.get('version') || null,
    libc: told.get('libc') || null,
    madeUnder: told.get('made') || null,
    serverMajor: majorIn(told.get('server')),
    dumpMajor: majorIn(told.get('dump')),
  };
}

const numberOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : null;

const majorIn = (text: string | undefined): number | null => numberOf(/\) (\d+)/.exec(text ?? '')?.[1]);

/** The longest mount point above the folder: `/proc/mounts` says `device point type options 0 0`. */
function mountOf(data: string, lines: readonly string[]): ServerFiles['mount'] {
  const above = lines
    .map((line) => line.split(' '))
    .map(([, point = '', type = '', options = '']) => ({ point, type, options }))
    .filter(({ point }) => point === '/' || data === point || data.startsWith(`${point}/`));
  return above.toSorted((a, b) => b.point.length - a.point.length)[0] ?? null;
}
