import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateApt } from '../../../lab/consul/fetch-consul.js';
import { debianMirror } from '../../../lab/docker/debian-mirror.js';
import { cacheRoot } from '../../../lab/locate.js';
import { copyInto, merged, parseLdd } from '../../../lab/rootfs.js';
import { runCommand, tryCommand } from '../../../lab/run-command.js';

/** The server, and libraries that a machine may not have. Nothing is installed. */
const PACKAGES = ['mariadb-server-core', 'libaio1', 'libnuma1', 'liburing2'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A folder with a real MariaDB from Debian's own packages, fetched once. */
async function fetchMariadb(): Promise<string> {
  const { url, suite, component } = await debianMirror();
  const goal = join(cacheRoot(), `mariadb-${suite}`);
  if (await isThere(goal)) return goal;
  const root = await mkdtemp(join(tmpdir(), 'dbctl-apt-'));
  try {
    for (const folder of ['lists/partial', 'cache/archives/partial'])
      await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, 'status'), '');
    await writeFile(join(root, 'sources.list'), `deb [signed-by=${KEYRING}] ${url} ${suite} ${component}\n`);
    await runCommand([...privateApt(root), 'update'], { cwd: root });
    await runCommand([...privateApt(root), 'download', ...PACKAGES], { cwd: root });
    const unpacked = join(root, 'unpacked');
    for (const name of await readdir(root))
      if (name.endsWith('.deb')) await runCommand(['dpkg-deb', '-x', join(root, name), unpacked]);
    await mkdir(cacheRoot(), { recursive: true });
    await cp(unpacked, `${goal}.${process.pid}.tmp`, { recursive: true, verbatimSymlinks: true });
    await rename(`${goal}.${process.pid}.tmp`, goal);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return goal;
}

/** Debian keeps them below the name of the machine's kind. */
async function libraryFolders(from: string): Promise<string[]> {
  const kinds = await Promise.all(
    ['usr/lib', 'lib'].map(async (folder) => {
      const names = await readdir(join(from, folder)).catch(() => []);
      return names.filter((name) => name.includes('-linux-')).map((name) => join(from, folder, name));
    }),
  );
  return kinds.flat();
}

/** Into the root folder of isolated tasks. What is there already stays: running tasks hold the same files. */
export async function addMariadb(rootfs: string): Promise<void> {
  const from = await fetchMariadb();
  const program = join(from, 'usr/sbin/mariadbd');
  const env = { ...process.env, LD_LIBRARY_PATH: (await libraryFolders(from)).join(':') };
  const libraries = parseLdd((await tryCommand(['ldd', program], { env })).stdout);
  for (const path of libraries) {
    const target = merged(path.startsWith(from) ? path.slice(from.length) : path);
    if (!(await isThere(join(rootfs, target)))) await copyInto(rootfs, path, target);
  }
  await copyInto(rootfs, program, 'usr/sbin/mariadbd');
  const share = join(from, 'usr/share/mysql');
  for (const name of await readdir(share))
    if (name.endsWith('.sql') || name === 'english' || name === 'charsets')
      await cp(join(share, name), join(rootfs, 'usr/share/mysql', name), { recursive: true });
  await mkdir(join(rootfs, 'var/lib/mysql'), { recursive: true });
  await chmod(join(rootfs, 'var/lib/mysql'), 0o777);
  await runCommand(['ldconfig', '-r', rootfs]);
}
