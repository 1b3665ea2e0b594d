import { copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { debianMirror } from '../docker/debian-mirror.js';
import type { Say } from '../handle.js';
import { cacheRoot } from '../locate.js';
import { runCommand, tryCommand } from '../run-command.js';

/** The last release of Debian that has Consul, and the version in it. */
const SUITE = 'bullseye';
const VERSION = '1.8.7';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** apt with sources, lists and downloads of its own: the machine's configuration and package state are not touched. */
export function privateApt(root: string): string[] {
  const options = {
    'Dir::Etc::SourceList': join(root, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(root, 'lists'),
    'Dir::State::Status': join(root, 'status'),
    'Dir::Cache': join(root, 'cache'),
    'Dir::Cache::Archives': join(root, 'cache', 'archives'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  return ['apt-get', '-q', ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])];
}

/** The program out of the one package. apt refuses an index whose signature, or a package whose hash, is not right. */
async function unpackTo(goal: string, root: string): Promise<void> {
  const { url, component } = await debianMirror();
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'status'), '');
  await writeFile(join(root, 'sources.list'), `deb [signed-by=${KEYRING}] ${url} ${SUITE} ${component}\n`);
  await runCommand([...privateApt(root), 'update'], { cwd: root });
  await runCommand([...privateApt(root), 'download', 'consul'], { cwd: root });
  const name = (await readdir(root)).find((file) => file.endsWith('.deb'));
  if (name === undefined)
    throw new DbctlError('LAB_PREREQUISITE', `Debian's ${SUITE} suite gave no package consul`, { where: url });
  await runCommand(['dpkg-deb', '-x', join(root, name), join(root, 'unpacked')]);
  await copyFile(join(root, 'unpacked', 'usr', 'bin', 'consul'), `${goal}.${process.pid}.tmp`);
  await rename(`${goal}.${process.pid}.tmp`, goal);
}

/** The per-user cache, then Debian's package. Consul is no Go module that could be built. Throws LAB_PREREQUISITE. */
export async function findConsul(say: Say): Promise<string> {
  const cache = join(cacheRoot(), 'bin');
  const goal = join(cache, `consul-${VERSION}`);
  const cached = await tryCommand([goal, 'version']).catch(() => undefined);
  if (cached?.code === 0) return goal;
  say(`fetching consul ${VERSION} from Debian's ${SUITE} suite, once; nothing is installed on this machine`);
  await mkdir(cache, { recursive: true });
  const root = await mkdtemp(join(tmpdir(), 'dbctl-apt-'));
  try {
    await unpackTo(goal, root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return goal;
}
