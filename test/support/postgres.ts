import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PsqlOptions {
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** Over TCP, where a password is asked for. Default: the socket as superuser. */
  readonly tcp?: boolean;
  /** `false` gives the result back instead of throwing. */
  readonly check?: boolean;
}

/** A real PostgreSQL of its own: socket with peer authentication, 127.0.0.1 with SCRAM. */
export interface TestCluster {
  readonly port: number;
  /** Socket directory. */
  readonly socket: string;
  readonly dataDir: string;
  /** Scratch directory that the `postgres` user may write. */
  readonly scratch: string;
  readonly env: NodeJS.ProcessEnv;
  psql(script: string, options?: PsqlOptions): Promise<CommandResult>;
  /** Rows of a script whose every output line is one JSON value. */
  json(script: string, options?: PsqlOptions): Promise<unknown[]>;
  createDatabase(name: string, more?: string): Promise<void>;
  /** Fast shutdown; the data directory stays. */
  halt(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** initdb refuses root, so as root everything runs as the `postgres` user. */
export function postgresIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export function postgresBinDir(): string {
  const root = '/usr/lib/postgresql';
  const majors = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = majors.map((major) => join(root, major, 'bin')).find((dir) => existsSync(join(dir, 'initdb')));
  if (found !== undefined) return found;
  return join(execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim());
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A directory of the `postgres` user with a path short enough for a socket (107 bytes). */
export function postgresDir(prefix: string): string {
  const dir = mkdtempSync(join(tmpdir(), prefix));
  const { uid, gid } = postgresIdentity();
  if (uid !== undefined && gid !== undefined) chownSync(dir, uid, gid);
  chmodSync(dir, 0o700);
  return dir;
}

/** Runs a command as the `postgres` user. */
export async function runAsPostgres(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; stdin?: string; cwd?: string } = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    ...postgresIdentity(),
    cwd: options.cwd ?? '/',
    env: options.env ?? { PATH: `${postgresBinDir()}:${process.env['PATH'] ?? ''}` },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  return collect(child);
}

async function collect(child: ChildProcess): Promise<CommandResult> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (data: Buffer) => out.push(data));
  child.stderr?.on('data', (data: Buffer) => err.push(data));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit, signal) => resolve(exit ?? (signal === null ? 1 : 128)));
  });
  return { code, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') };
}

export async function initdb(dataDir: string): Promise<void> {
  const args = ['-D', dataDir, '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '-N', '-A', 'peer'];
  const result = await runAsPostgres(join(postgresBinDir(), 'initdb'), args);
  if (result.code !== 0) throw new Error(`initdb: ${result.stderr}`);
}

/** A copy of the template that the integration tests share, where there is one. */
async function makeData(dataDir: string, fresh: boolean): Promise<void> {
  const template = inject('postgresTemplate') as string | undefined;
  if (fresh || template === undefined) return initdb(dataDir);
  await runAsPostgres('cp', ['-a', template, dataDir]);
}

const HBA = 'local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n';

/**
 * Starts a cluster. `fresh` runs initdb of its own, for a system identifier that no other cluster has
 * (copies of the template share theirs).
 */
export async function startCluster(
  options: { fresh?: boolean; settings?: readonly string[] } = {},
): Promise<TestCluster> {
  const base = postgresDir('dbctl-pg-');
  const dataDir = join(base, 'd');
  await makeData(dataDir, options.fresh ?? false);
  const port = await freePort();
  for (const name of ['s', 'w']) {
    await runAsPostgres('mkdir', ['-m', '700', join(base, name)]);
  }
  await runAsPostgres('sh', ['-c', `cat > ${join(dataDir, 'pg_hba.conf')}`], { stdin: HBA });
  const socket = join(base, 's');
  const env = {
    PATH: `${postgresBinDir()}:${process.env['PATH'] ?? ''}`,
    PGHOST: socket,
    PGPORT: String(port),
    LC_ALL: 'C.UTF-8',
  };
  const run: { server?: ChildProcess } = {};
  const start = async (): Promise<void> => {
    run.server = launch(dataDir, socket, port, options.settings ?? []);
    await waitReady(run.server, dataDir);
  };
  const halt = async (): Promise<void> => {
    const server = run.server;
    if (server === undefined || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await gone;
  };
  const psql = (script: string, more: PsqlOptions = {}): Promise<CommandResult> => runPsql({ env, port, script, more });
  await start();
  return {
    port,
    socket,
    dataDir,
    scratch: join(base, 'w'),
    env,
    psql,
    json: async (script, more) => {
      const { stdout } = await psql(script, more);
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line): unknown => JSON.parse(line));
    },
    createDatabase: async (name, more = '') => {
      await psql(`create database "${name.replaceAll('"', '""')}" ${more};`);
    },
    halt,
    start,
    stop: async () => {
      await halt();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

function launch(dataDir: string, socket: string, port: number, settings: readonly string[]): ChildProcess {
  const wanted = [
    'fsync=off',
    'autovacuum=off',
    `unix_socket_directories=${socket}`,
    'listen_addresses=127.0.0.1',
    ...settings,
  ];
  const args = ['-D', dataDir, '-p', String(port), ...wanted.flatMap((setting) => ['-c', setting])];
  return spawn(join(postgresBinDir(), 'postgres'), args, {
    ...postgresIdentity(),
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' },
    stdio: 'ignore',
  });
}

/** By the last line of its own pid file: no process has to be started to ask. */
async function waitReady(server: ChildProcess, dataDir: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(30)) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
    const [pid, , , , , , , status] = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split(
      '\n',
    );
    if (pid === String(server.pid) && status?.trim() === 'ready') return;
  }
  throw new Error('postgres did not come up in 60 s');
}

interface PsqlCall {
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  readonly script: string;
  readonly more: PsqlOptions;
}

async function runPsql({ env, script, more }: PsqlCall): Promise<CommandResult> {
  const login: NodeJS.ProcessEnv = { ...env, PGDATABASE: more.database ?? 'postgres' };
  if (more.user !== undefined) login['PGUSER'] = more.user;
  if (more.tcp === true) login['PGHOST'] = '127.0.0.1';
  if (more.password !== undefined) login['PGPASSWORD'] = more.password;
  const args = ['-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-f', '-'];
  const result = await runAsPostgres('psql', args, { env: login, stdin: script });
  if (result.code !== 0 && more.check !== false) throw new Error(`psql ${result.code}: ${result.stderr}`);
  return result;
}

/** Writes a file that the `postgres` user owns. */
export function writeAsPostgres(path: string, text: string, mode = 0o600): void {
  writeFileSync(path, text, { mode });
  const { uid, gid } = postgresIdentity();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

export function mkdirAsPostgres(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid, gid } = postgresIdentity();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
