import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DbctlError } from '../src/errors/dbctl-error.js';

/** The folder of the package: the same from `lab/` and from `dist/lab/`, so that templates are found from both. */
export function packageRoot(start = dirname(fileURLToPath(import.meta.url))): string {
  for (let dir = start; dir !== dirname(dir); dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json')) && existsSync(join(dir, 'lab', 'jobs'))) return dir;
  }
  throw new DbctlError('INTERNAL', 'the folder of the package was not found', { where: start });
}

export const labFile = (...parts: readonly string[]): string => join(packageRoot(), 'lab', ...parts);

export function labsRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['DBCTL_LAB_ROOT'] ?? env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'dbctl', 'labs');
}

export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'dbctl');
}

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** State folder of one lab. The name becomes a path and is kept plain. Throws USAGE. */
export function labDir(name: string, env: NodeJS.ProcessEnv = process.env): string {
  if (NAME.test(name)) return join(labsRoot(env), name);
  throw new DbctlError('USAGE', 'a lab name is 1 to 32 of a-z, 0-9 and -', { value: name });
}
