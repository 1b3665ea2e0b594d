import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DbctlError } from '../src/errors/dbctl-error.js';
import { theirDaemon } from './docker/their-daemon.js';
import type { Say } from './handle.js';
import type { JobDriver } from './job-driver.js';
import { commandExists, runCommand } from './run-command.js';

/** The machine's PostgreSQL, as the lab copies it into its tasks' root. */
export interface PostgresInstall {
  readonly major: number;
  readonly bin: string;
  readonly lib: string;
  readonly share: string;
  readonly uid: number;
  readonly gid: number;
}

const DEBIAN_HOME = '/usr/lib/postgresql';
const CNI = '/usr/lib/cni';

export const cniPath = (): string | undefined => [CNI, '/opt/cni/bin'].find((dir) => existsSync(join(dir, 'bridge')));

async function newestMajor(): Promise<number | undefined> {
  const names = existsSync(DEBIAN_HOME) ? await readdir(DEBIAN_HOME) : [];
  const majors = names.filter((name) => existsSync(join(DEBIAN_HOME, name, 'bin', 'initdb'))).map(Number);
  return majors.sort((a, b) => b - a)[0];
}

const DOCKER_PROGRAMS: readonly (readonly [name: string, program: string])[] = [
  ['docker.io', 'dockerd'],
  ['debootstrap', 'debootstrap'],
  ['busybox-static', 'busybox'],
];

async function missingForDocker(): Promise<string[]> {
  const has = async (program: string): Promise<boolean> =>
    (await commandExists(program)) || (program === 'dockerd' && (await theirDaemon()) !== undefined);
  const there = await Promise.all(DOCKER_PROGRAMS.map(([, program]) => has(program)));
  return DOCKER_PROGRAMS.flatMap(([name], index) => (there[index] ? [] : [name]));
}

async function missingPackages(packages: readonly string[], driver: JobDriver['name']): Promise<string[]> {
  const wanted: [string, boolean][] = [
    ['postgresql', (await newestMajor()) !== undefined],
    ['containernetworking-plugins', cniPath() !== undefined],
    ['iproute2', await commandExists('ip')],
    ['iptables', await commandExists('iptables')],
    ['procps', await commandExists('ps')],
  ];
  for (const name of packages) wanted.push([name, await commandExists(name)]);
  const missing = wanted.filter(([, there]) => !there).map(([name]) => name);
  return driver === 'docker' ? [...missing, ...(await missingForDocker())] : missing;
}

/** Debian's packages would make and start a cluster of their own on 5432: told not to, by a file of theirs that we only add. */
async function withoutDebianCluster(work: () => Promise<void>): Promise<void> {
  const dir = '/etc/postgresql-common/createcluster.d';
  const file = join(dir, 'dbctl-lab.conf');
  await mkdir(dir, { recursive: true });
  await writeFile(file, 'create_main_cluster = false\n');
  try {
    await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function install(packages: readonly string[], say: Say): Promise<void> {
  if (!(await commandExists('apt-get'))) {
    throw new DbctlError('LAB_PREREQUISITE', 'the lab needs programs that this machine lacks', {
      details: packages.map((name) => `missing: ${name} (name of Debian's package)`),
      next: 'install them with the package manager of this machine',
    });
  }
  say(`installing with apt-get: ${packages.join(', ')} (no cluster is made, no service started)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await withoutServices(async () => {
    await runCommand(['apt-get', 'update', '-q'], { env });
    await runCommand(['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...packages], { env });
  });
}

const POLICY = '/usr/sbin/policy-rc.d';

/** Debian's packages start their daemons unless this file of the administrator's says no; an existing one is left as it is. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  if (existsSync(POLICY)) return withoutDebianCluster(work);
  await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await withoutDebianCluster(work);
  } finally {
    await rm(POLICY, { force: true });
  }
}

/** The scripts for the toolbox are also tested on the shell that Alpine images have. Throws LAB_PREREQUISITE. */
export async function ensureTestPrograms(say: Say): Promise<void> {
  if (!(await commandExists('busybox'))) await install(['busybox-static'], say);
}

async function describePostgres(): Promise<PostgresInstall> {
  const major = await newestMajor();
  if (major === undefined) {
    throw new DbctlError('LAB_PREREQUISITE', `no PostgreSQL server was found under ${DEBIAN_HOME}`, {
      next: "install the server (Debian: apt-get install postgresql); other layouts than Debian's are not supported yet",
    });
  }
  const bin = join(DEBIAN_HOME, String(major), 'bin');
  const id = async (flag: string): Promise<number> => Number((await runCommand(['id', flag, 'postgres'])).trim());
  const lib = join(DEBIAN_HOME, String(major), 'lib');
  return { major, bin, lib, share: `/usr/share/postgresql/${major}`, uid: await id('-u'), gid: await id('-g') };
}

/**
 * Checks what the lab needs and installs it on Debian; `packages` are more of them, each named as its main program is.
 * Throws LAB_PREREQUISITE with what to do.
 */
export async function ensurePrerequisites(
  say: Say,
  packages: readonly string[] = [],
  driver: JobDriver['name'] = 'exec',
): Promise<PostgresInstall> {
  if (process.platform !== 'linux') {
    throw new DbctlError('LAB_PREREQUISITE', 'the lab runs on Linux only', { value: process.platform });
  }
  if (process.getuid?.() !== 0) {
    throw new DbctlError(
      'LAB_PREREQUISITE',
      "the lab needs root: Nomad's exec driver, a network bridge and mounts do",
      {
        next: 'sudo dbctl lab up',
      },
    );
  }
  const missing = await missingPackages(packages, driver);
  if (missing.length > 0) await install(missing, say);
  return describePostgres();
}
