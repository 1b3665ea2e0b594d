import { chmod, chown, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { labFile } from '../locate.js';
import { runCommand, tryCommand } from '../run-command.js';
import { mirrorOf } from './debian-mirror.js';

/** As in the official image, so that volumes made for one fit the other. */
export const IMAGE_UID = 999;

/** For a system group of Debian's that has the image's number; nothing else in a fresh root has this one. */
const FREE_GID = 899;

/** Left out of the image: what no server reads. Paths below the root. */
const LEFT_OUT = [
  ...['var/cache/apt', 'var/lib/apt/lists', 'var/log/apt', 'var/log/bootstrap.log'],
  ...['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/i18n', 'usr/share/info'],
];

const inside = (root: string, ...command: string[]): Promise<string> => runCommand(['chroot', root, ...command]);

/** Debian's package makes the user with another id and a cluster nobody asked for. */
async function likeOfficial(root: string, major: number): Promise<void> {
  const id = String(IMAGE_UID);
  for (const dir of [`var/lib/postgresql/${major}`, `etc/postgresql/${major}`])
    await rm(join(root, dir), { recursive: true, force: true });
  const [holder = ''] = (await tryCommand(['chroot', root, 'getent', 'group', id])).stdout.split(':');
  if (holder !== '' && holder !== 'postgres') await inside(root, 'groupmod', '-g', String(FREE_GID), holder);
  await inside(root, 'groupmod', '-g', id, 'postgres');
  await inside(root, 'usermod', '-u', id, '-d', '/var/lib/postgresql', 'postgres');
  for (const [dir, mode] of [
    ['var/lib/postgresql', major >= 18 ? 0o1777 : 0o755],
    ...(major >= 18 ? [] : ([['var/lib/postgresql/data', 0o1777]] as const)),
    ['run/postgresql', 0o3777],
    ['var/log/postgresql', 0o755],
    ['docker-entrypoint-initdb.d', 0o755],
  ] as const) {
    await mkdir(join(root, dir), { recursive: true });
    await chown(join(root, dir), IMAGE_UID, IMAGE_UID);
    await chmod(join(root, dir), mode);
  }
  const sample = join(root, `usr/share/postgresql/${major}/postgresql.conf.sample`);
  await runCommand(['sed', '-i', "s/^#listen_addresses = .*/listen_addresses = '*'/", sample]);
  const entrypoint = join(root, 'usr/local/bin/docker-entrypoint.sh');
  await copyFile(labFile('docker', 'docker-entrypoint.sh'), entrypoint);
  await chmod(entrypoint, 0o755);
}

/** Newer suites than debootstrap knows by name are made as this one is. */
const SCRIPT = '/usr/share/debootstrap/scripts/sid';

/**
 * A root folder of the Debian suite with that major, as a tar file; `own` is the major of the machine's own suite. About a
 * minute. It appears whole or not at all, so that two labs may make it at once. Throws LAB_PREREQUISITE.
 */
export async function buildPostgresTar(major: number, own: number, tar: string): Promise<void> {
  await mkdir(dirname(tar), { recursive: true });
  const work = await mkdtemp(join(dirname(tar), 'debootstrap-'));
  const root = join(work, 'root');
  try {
    await mkdir(root);
    const { url, suite, component } = await mirrorOf(major, own);
    const options = ['--variant=minbase', `--components=${component}`, `--include=postgresql-${major}`];
    await runCommand(['debootstrap', ...options, suite, root, url, SCRIPT]);
    await likeOfficial(root, major);
    await writeFile(join(work, 'left-out'), LEFT_OUT.map((path) => `./${path}\n`).join(''));
    const made = join(work, 'image.tar');
    const argv = [
      'tar',
      '-C',
      root,
      '--one-file-system',
      '--numeric-owner',
      `--exclude-from=${join(work, 'left-out')}`,
    ];
    await runCommand([...argv, '-cf', made, '.']);
    await rename(made, tar);
  } finally {
    await runCommand(['umount', '-q', '-R', join(root, 'proc')]).catch(() => undefined);
    await rm(work, { recursive: true, force: true, maxRetries: 3 });
  }
}
