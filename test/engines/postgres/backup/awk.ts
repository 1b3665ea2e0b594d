import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Debian's and Alpine's. */
export const AWKS = [['awk'], ['busybox', 'awk']] as const;

const toolbox = fileURLToPath(new URL('../../../../templates/toolbox/', import.meta.url));

/** One run of a program of the toolbox; what it prints. Throws when it fails. */
export function runAwk(
  [command, ...first]: readonly [string, ...string[]],
  program: string,
  values: Readonly<Record<string, string | number>>,
  input = '',
): string {
  const set = Object.entries(values).flatMap(([key, value]) => ['-v', `${key}=${value}`]);
  const ran = spawnSync(command, [...first, ...set, '-f', toolbox + program], { input, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${program} ended with ${ran.status}: ${ran.stderr}`);
  return ran.stdout;
}
