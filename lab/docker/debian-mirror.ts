import { readFile } from 'node:fs/promises';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { runCommand } from '../run-command.js';

export interface DebianMirror {
  readonly url: string;
  readonly suite: string;
  readonly component: string;
}

const FORMAT = '$(CREATED_BY) $(CODENAME) $(COMPONENT) $(REPO_URI)';

/** The mirror of the machine's own suite, from `apt-get indextargets` in the format above. */
export function mirrorIn(targets: string, codename: string): DebianMirror | undefined {
  for (const line of targets.split('\n')) {
    const [kind, suite = '', component = '', url = ''] = line.split(' ');
    if (kind === 'Packages' && suite === codename && component === 'main') return { url, suite, component };
  }
  return undefined;
}

/** Debian's suites by the PostgreSQL major that they hold. */
const SUITES: Readonly<Record<number, string>> = { 15: 'bookworm', 17: 'trixie', 18: 'forky' };

export const LAB_MAJORS = Object.keys(SUITES).map(Number);

/** The suite that has this major: the machine's own where it has it itself. */
export async function mirrorOf(major: number, own: number): Promise<DebianMirror> {
  const mirror = await debianMirror();
  if (major === own) return mirror;
  const suite = SUITES[major];
  if (suite !== undefined) return { ...mirror, suite };
  throw new DbctlError('LAB_PREREQUISITE', 'no suite of Debian is known to have this PostgreSQL', {
    value: String(major),
    next: `one of: ${LAB_MAJORS.join(', ')}`,
  });
}

/** Read from apt's own configuration, so that images come from where this machine's packages come from. Throws LAB_PREREQUISITE. */
export async function debianMirror(): Promise<DebianMirror> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME="?([a-z]+)/m.exec(release)?.[1] ?? '';
  const found = mirrorIn(await runCommand(['apt-get', 'indextargets', '--format', FORMAT]), codename);
  if (found !== undefined) return found;
  throw new DbctlError('LAB_PREREQUISITE', "apt's configuration names no mirror for this machine's own suite", {
    value: codename === '' ? 'no VERSION_CODENAME' : codename,
    where: '/etc/apt',
    next: 'make a Docker registry reachable, or run the lab on Debian',
  });
}
