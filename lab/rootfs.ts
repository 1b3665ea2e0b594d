import {
  chmod,
  chown,
  copyFile,
  cp,
  lstat,
  mkdir,
  readdir,
  realpath,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DbctlError } from '../src/errors/dbctl-error.js';
import type { PostgresInstall } from './prerequisites.js';
import { FOLDERS, HOSTS, NSSWITCH, PROGRAMS, SKIPPED_LIBRARIES, SKIPPED_SHARE } from './rootfs-contents.js';
import { runCommand, tryCommand } from './run-command.js';

const MERGED = ['bin', 'sbin', 'lib', 'lib64', 'lib32'];

/** Libraries that `ldd` names for the given files, as absolute paths. */
export function parseLdd(text: string): string[] {
  const found = [...text.matchAll(/(?:=>\s+)?(\/\S+)\s+\(0x[0-9a-f]+\)/g)].map((match) => match[1] ?? '');
  return [...new Set(found)].sort();
}

async function librariesOf(files: readonly string[]): Promise<string[]> {
  return parseLdd((await tryCommand(['ldd', ...files])).stdout);
}

/** `/lib/x` and `/usr/lib/x` are one file where /lib is a link; keep the one real folder. */
export const merged = (path: string): string => path.replace(/^\/(bin|sbin|lib|lib64|lib32)\//, '/usr/$1/');

export async function copyInto(root: string, source: string, target: string): Promise<void> {
  const goal = join(root, target);
  await mkdir(dirname(goal), { recursive: true });
  await copyFile(await realpath(source), goal);
  await chmod(goal, (await stat(source)).mode & 0o777);
}

async function programPaths(programs: readonly string[]): Promise<string[]> {
  const script = 'for name; do command -v "$name" || true; done';
  const env = { ...process.env, PATH: '/usr/bin:/bin:/usr/sbin:/sbin' };
  // An own `env` shell function or builtin answers with a bare name: those are taken from /usr/bin below.
  const text = (await tryCommand(['sh', '-c', script, 'sh', ...programs], { env })).stdout;
  const named = text.split('\n').filter(Boolean);
  return named.map((path) => (path.startsWith('/') ? path : `/usr/bin/${path}`));
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function addPrograms(root: string, node: string, more: readonly string[]): Promise<string[]> {
  const paths = (
    await Promise.all(
      (await programPaths([...PROGRAMS, ...more])).map(async (path) => ((await exists(path)) ? path : '')),
    )
  ).filter(Boolean);
  for (const path of paths) await copyInto(root, path, join('usr/bin', basename(path)));
  await copyInto(root, node, 'usr/bin/node');
  return [...paths, node];
}

const skipping =
  (pattern: RegExp) =>
  (source: string): boolean =>
    !pattern.test(basename(source));

type Folders = Pick<PostgresInstall, 'bin' | 'lib' | 'share'>;

/**
 * Server and clients, from this machine or from a root folder of another suite (`from`). `linked` puts the programs on the
 * tasks' PATH. Returns what needs libraries, as paths below `from`.
 */
export async function addPostgres(
  root: string,
  install: Folders,
  { from = '/', linked = true }: { readonly from?: string; readonly linked?: boolean } = {},
): Promise<string[]> {
  const home = join(root, install.bin, '..');
  const copy = (path: string, goal: string, skipped?: RegExp): Promise<void> =>
    cp(join(from, path), goal, {
      recursive: true,
      dereference: true,
      ...(skipped === undefined ? {} : { filter: skipping(skipped) }),
    });
  await copy(install.bin, join(home, 'bin'));
  await copy(install.lib, join(home, 'lib'), SKIPPED_LIBRARIES);
  await copy(install.share, join(root, install.share), SKIPPED_SHARE);
  const programs = await readdir(join(from, install.bin));
  if (linked) for (const name of programs) await symlink(join(install.bin, name), join(root, 'usr/bin', name));
  const libraries = (await readdir(join(home, 'lib')))
    .filter((name) => name.endsWith('.so'))
    .map((name) => join(install.lib, name));
  return [...programs.map((name) => join(install.bin, name)), ...libraries];
}

async function addSystemData(root: string, postgresUid: number, postgresGid: number): Promise<void> {
  for (const [path, mode] of FOLDERS) {
    await mkdir(join(root, path), { recursive: true });
    await chmod(join(root, path), mode);
  }
  await mkdir(join(root, 'var/run/postgresql'), { recursive: true });
  await chown(join(root, 'var/run/postgresql'), postgresUid, postgresGid);
  await chown(join(root, 'var/lib/postgresql'), postgresUid, postgresGid);
  const passwd = `root:x:0:0:root:/root:/bin/sh\npostgres:x:${postgresUid}:${postgresGid}::/var/lib/postgresql:/bin/sh\n`;
  await writeFile(join(root, 'etc/passwd'), `${passwd}nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n`);
  await writeFile(join(root, 'etc/group'), `root:x:0:\npostgres:x:${postgresGid}:\nnogroup:x:65534:\n`);
  await writeFile(join(root, 'etc/nsswitch.conf'), NSSWITCH);
  await writeFile(join(root, 'etc/hosts'), HOSTS);
  await cp('/usr/share/zoneinfo', join(root, 'usr/share/zoneinfo'), {
    recursive: true,
    filter: skipping(SKIPPED_SHARE),
  });
  for (const locale of ['/usr/lib/locale/C.utf8', '/usr/lib/locale/C.UTF-8']) {
    if (await exists(locale)) await cp(locale, join(root, locale), { recursive: true });
  }
}

async function addLibraries(root: string, files: readonly string[]): Promise<void> {
  const libraries = await librariesOf(files);
  if (libraries.length === 0)
    throw new DbctlError('LAB_PREREQUISITE', 'ldd names no libraries', { where: files[0] ?? '' });
  for (const library of libraries) await copyInto(root, library, merged(library));
  await runCommand(['ldconfig', '-r', root]);
}

/**
 * A root folder with only what the lab's tasks need, so that the exec driver links some hundred files per task
 * instead of copying the machine's /usr. Files are copies: a task that writes to one cannot reach the machine's.
 */
export async function buildRootfs(
  root: string,
  install: PostgresInstall,
  {
    node = process.execPath,
    programs: more = [],
    own = true,
    linked = true,
  }: {
    readonly node?: string;
    readonly programs?: readonly string[];
    /** With this machine's PostgreSQL. */
    readonly own?: boolean;
    /** Its programs on the tasks' PATH. */
    readonly linked?: boolean;
  } = {},
): Promise<void> {
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  for (const name of MERGED) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(join('usr', name), join(root, name));
  }
  await addSystemData(root, install.uid, install.gid);
  const programs = await addPrograms(root, node, more);
  const postgres = own ? await addPostgres(root, install, { linked }) : [];
  await addLibraries(root, [...programs, ...postgres]);
}
