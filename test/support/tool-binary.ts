import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const VERSIONS = {
  nomad: '1.11.1',
  vault: '1.21.2',
  consul: '1.8.7',
  rclone: '1.75.1',
  age: '1.3.2',
  'age-keygen': '1.3.2',
} as const;

/** Explicit variable, then PATH, then the per-user cache that `dbctl lab up` fills. */
export function toolBinary(tool: keyof typeof VERSIONS): string {
  const explicit = process.env[`DBCTL_${tool.toUpperCase().replaceAll('-', '_')}`];
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const candidates = [
    ...(explicit ? [explicit] : []),
    ...(process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, tool)),
    join(cache, 'dbctl', 'bin', `${tool}-${VERSIONS[tool]}`),
  ];
  const found = candidates.find(isExecutable);
  if (!found)
    throw new Error(
      `no ${tool} binary: run \`dbctl lab up\` once, or set DBCTL_${tool.toUpperCase().replaceAll('-', '_')}`,
    );
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
