import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DbctlError } from '../src/errors/dbctl-error.js';

export interface DaemonSpec {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
  readonly cwd: string;
}

export interface RunningDaemon {
  readonly name: string;
  readonly pid: number;
  /** A path on its command line that no other process names. */
  readonly path: string;
  readonly log: string;
}

/** Starts a process in a session of its own that outlives this one. Its output is appended to `log`. */
export function startDaemon({ argv, env, log, cwd }: DaemonSpec): number {
  const [file = '', ...args] = argv;
  const fd = openSync(log, 'a', 0o600);
  try {
    const child = spawn(file, args, { detached: true, env, cwd, stdio: ['ignore', fd, fd] });
    child.unref();
    if (child.pid !== undefined) return child.pid;
    throw new DbctlError('LAB_PREREQUISITE', 'a process could not be started', { where: file });
  } finally {
    closeSync(fd);
  }
}

const readProc = (pid: number, file: string): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');

async function isZombie(pid: number): Promise<boolean> {
  return /^\d+ \(.*\) [ZX] /s.test(await readProc(pid, 'stat'));
}

/** Does the process still run, and is it the one whose command line names a path of ours? */
export async function isOurs(pid: number, path: string): Promise<boolean> {
  const cmdline = await readProc(pid, 'cmdline');
  return cmdline !== '' && cmdline.includes(path) && !(await isZombie(pid));
}

/** What /proc tells about a process; empty where it is gone or not ours to read. */
export interface ProcessFacts {
  readonly root: string;
  /** Where its root lies within the file system, which tells a task in a mount namespace of its own. */
  readonly rootMount: string;
  /** Options of the file system at its root; a container's name the folders that it is laid over. */
  readonly rootOptions: string;
  readonly cwd: string;
  readonly argv: readonly string[];
}

const inside = (path: string, dir: string): boolean => path === dir || path.startsWith(`${dir}/`);

const ALLOCS = '/nomad/alloc/';

/** The path may be relative to a file system that is mounted above the lab's folder. */
function isTaskRoot(rootMount: string, dir: string): boolean {
  const at = rootMount.indexOf(ALLOCS);
  return at > 0 && `/${dir}`.endsWith(rootMount.slice(0, at));
}

/** Fourth field of the `/` line of /proc/PID/mountinfo. */
export const rootMountOf = (mountinfo: string): string => /^\d+ \d+ \S+ (\S+) \/ /m.exec(mountinfo)?.[1] ?? '';
/** Last field of that line. */
export const rootOptionsOf = (mountinfo: string): string => /^\d+ \d+ \S+ \S+ \/ .* (\S+)$/m.exec(mountinfo)?.[1] ?? '';

const PROGRAMS = /^(nomad|vault|consul|rclone|dockerd|containerd|docker-proxy)\b/;

/**
 * Tasks have their root in the lab's folder, raw ones their working folder below its data; agents and their helpers are
 * known by their program's name as well, so that a person's shell or editor in the folder is never taken for ours.
 */
export function belongsTo({ root, rootMount, rootOptions, cwd, argv }: ProcessFacts, dir: string): boolean {
  if (inside(root, dir) || isTaskRoot(rootMount, dir)) return true;
  if (rootOptions.includes(`upperdir=${dir}/`)) return true;
  if (['nomad', 'volumes', 'static'].some((data) => inside(cwd, `${dir}/${data}`))) return true;
  const isAgent = PROGRAMS.test(argv[0]?.split('/').at(-1) ?? '');
  return isAgent && (cwd === dir || argv.some((word) => word.includes(`${dir}/`)));
}

async function factsOf(pid: number): Promise<ProcessFacts> {
  const link = (name: string): Promise<string> => readlink(`/proc/${pid}/${name}`).catch(() => '');
  const reads = [link('root'), link('cwd'), readProc(pid, 'cmdline'), readProc(pid, 'mountinfo')] as const;
  const [root, cwd, cmdline, mountinfo] = await Promise.all(reads);
  return {
    root,
    rootMount: rootMountOf(mountinfo),
    rootOptions: rootOptionsOf(mountinfo),
    cwd,
    argv: cmdline.split('\0'),
  };
}

async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Does any Nomad agent run on this machine, whoever started it? */
export async function anyNomadAgent(): Promise<boolean> {
  for (const pid of await allPids()) {
    const [program = '', verb] = (await readProc(pid, 'cmdline')).split('\0');
    if (/^nomad\b/.test(program.split('/').at(-1) ?? '') && verb === 'agent') return true;
  }
  return false;
}

/** Processes that run from, in or on behalf of `dir`, this process and its ancestors excepted. */
export async function processesOf(dir: string): Promise<number[]> {
  const spared = await ancestors(process.pid);
  const pids = await allPids();
  const found: number[] = [];
  for (const pid of pids)
    if (!spared.has(pid) && belongsTo(await factsOf(pid), dir) && !(await isZombie(pid))) found.push(pid);
  return found;
}

async function ancestors(start: number): Promise<Set<number>> {
  const chain = new Set<number>();
  for (let pid = start; pid > 1 && !chain.has(pid); ) {
    chain.add(pid);
    pid = Number(/^PPid:\s+(\d+)/m.exec(await readProc(pid, 'status'))?.[1] ?? 0);
  }
  return chain;
}

export function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone, which is what is wanted.
  }
}

/** Waits until `done` answers true; false when `ms` have passed. */
export async function waitUntil(
  done: () => Promise<boolean>,
  ms: number,
  stepMs = 50,
  signal?: AbortSignal,
): Promise<boolean> {
  const end = Date.now() + ms;
  for (;;) {
    if (await done()) return true;
    if (Date.now() >= end) return false;
    await sleep(stepMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** SIGTERM, then SIGKILL after `ms`; only if the process is the one whose command line names `path`. */
export async function stopDaemon(pid: number, path: string, ms: number): Promise<void> {
  if (!(await isOurs(pid, path))) return;
  signalPid(pid, 'SIGTERM');
  const gone = async (): Promise<boolean> => !(await isOurs(pid, path));
  if (await waitUntil(gone, ms)) return;
  signalPid(pid, 'SIGKILL');
  await waitUntil(gone, 2000);
}

/** Waits for a daemon's first answer; throws LAB_PREREQUISITE with its last log lines when it dies or stays silent. */
export async function waitForDaemon(
  daemon: RunningDaemon,
  answers: () => Promise<boolean>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  let dead = false;
  const settled = async (): Promise<boolean> => {
    if (await answers()) return true;
    dead = !(await isOurs(daemon.pid, daemon.path));
    return dead;
  };
  if ((await waitUntil(settled, ms, 100, signal)) && !dead) return;
  throw new DbctlError(
    'LAB_PREREQUISITE',
    `${daemon.name} ${dead ? 'ended at once' : `does not answer after ${ms / 1000} s`}`,
    {
      where: daemon.log,
      details: (await readFile(daemon.log, 'utf8')).trimEnd().split('\n').slice(-5),
    },
  );
}
