import { cp, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ensurePostgresTar } from './docker/postgres-image.js';
import type { Say } from './handle.js';
import { addPostgres, copyInto, merged, parseLdd } from './rootfs.js';
import { runCommand } from './run-command.js';

export interface Majors {
  /** Of the shared instance first: its programs are the ones on the tasks' PATH. */
  readonly majors: readonly number[];
  /** Of this machine's own PostgreSQL, which is in the root already. */
  readonly own: number;
  readonly say: Say;
}

/**
 * Puts servers of other Debian suites beside each other into one root. Their libraries have names of their own, but there
 * can be only one C library: the newest suite's, which runs what was built for an older one.
 */
export async function addMajors(root: string, { majors, own, say }: Majors): Promise<void> {
  const others = majors.filter((major) => major !== own).sort((a, b) => a - b);
  for (const major of others) {
    const from = await mkdtemp(join(root, '..', 'suite-'));
    try {
      await runCommand(['tar', '-C', from, '-xf', await ensurePostgresTar(major, own, say), ...KEPT]);
      await addSuite(root, from, major, majors[0] === major);
    } finally {
      await rm(from, { recursive: true, force: true });
    }
  }
  if (others.length > 0) await runCommand(['ldconfig', '-r', root]);
}

const KEPT = [
  './bin',
  './lib',
  './lib64',
  './usr/bin',
  './usr/lib',
  './usr/lib64',
  './usr/share/postgresql',
  './var/lib/dpkg/info',
];

async function addSuite(root: string, from: string, major: number, linked: boolean): Promise<void> {
  const home = `/usr/lib/postgresql/${major}`;
  const install = { bin: `${home}/bin`, lib: `${home}/lib`, share: `/usr/share/postgresql/${major}` };
  const files = await addPostgres(root, install, { from, linked });
  const needed = parseLdd(await runCommand(['chroot', from, 'ldd', ...files]));
  for (const path of new Set([...(await cLibrary(from)), ...needed].map(merged)))
    await copyInto(root, await realpath(join(from, path)), path);
  await cp(join(from, 'usr/lib/locale'), join(root, 'usr/lib/locale'), { recursive: true });
}

/** All of it: a part of an older one beside it would ask it for what is private to its own. */
async function cLibrary(from: string): Promise<string[]> {
  const list = await readFile(join(from, 'var/lib/dpkg/info/libc6:amd64.list'), 'utf8').catch(() => '');
  return list.split('\n').filter((path) => /\/(?:lib\w*|ld-linux[-\w]*)\.so\.\d+$/.test(path) && basename(path) !== '');
}
