import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabasePart } from '../../src/plan/types.js';
import { type PartScripts, renderScripts } from '../../src/render/part-scripts.js';
import {
  mkdirAsPostgres,
  postgresBinDir,
  postgresDir,
  postgresIdentity,
  runAsPostgres,
  writeAsPostgres,
} from '../support/postgres.js';
import { breadth } from '../support/shells.js';

/** The shells the scripts must run on. Busybox brings its own tools, as in an alpine image. */
export const SHELLS: readonly string[] = ['dash', ...(breadth && existsSync('/bin/busybox') ? ['busybox'] : [])];

export interface TaskRun {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** The code, once all output has been read. */
  readonly exit: Promise<number>;
  /** The process itself is gone; children may still hold its output open. */
  readonly gone: Promise<void>;
}

/** The folders that Nomad would give the tasks, with the scripts of a part in them. */
export interface TaskDirs {
  readonly base: string;
  readonly mount: string;
  readonly backups: string;
  readonly secrets: string;
  readonly env: NodeJS.ProcessEnv;
  start(script: keyof PartScripts): TaskRun;
  setState(text: string): void;
  psql(sql: string, env?: NodeJS.ProcessEnv): Promise<string>;
  remove(): void;
}

export function makeTaskDirs(part: DatabasePart, shell: string): TaskDirs {
  const base = postgresDir('dbctl-tsk-');
  const [mount, backups, alloc, local, secrets] = ['m', 'b', 'a', 'l', 's'].map((name) => join(base, name)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  for (const dir of [mount, backups, alloc, local, secrets]) mkdirAsPostgres(dir);
  const scripts = renderScripts(part);
  const files = {
    entry: 'entry.sh',
    toolbox: 'toolbox.sh',
    init: 'init.sh',
    initSql: 'init.sql',
    gate: 'gate.sh',
  } as const;
  for (const [name, text] of Object.entries(scripts)) {
    const moved = text.replaceAll('/var/lib/postgresql/data', mount).replaceAll('/backups', backups);
    writeAsPostgres(join(local, files[name as keyof PartScripts]), moved);
  }
  const env = {
    PATH: `${shellPath(base, shell)}${postgresBinDir()}:/usr/bin:/bin`,
    NOMAD_ALLOC_DIR: alloc,
    NOMAD_TASK_DIR: local,
    NOMAD_SECRETS_DIR: secrets,
    PGHOST: join(alloc, 'pg'),
    PGPORT: String(part.port),
    PGUSER: 'postgres',
    PGDATABASE: 'postgres',
  };
  const [command, ...args] = shell === 'busybox' ? ['/bin/busybox', 'sh'] : [shell];
  return {
    ...{ base, mount, backups: join(backups, part.service), secrets, env },
    start: (script) => run(command ?? shell, [...args, join(local, files[script])], env),
    setState: (text) => {
      mkdirAsPostgres(join(backups, part.service));
      writeAsPostgres(join(backups, part.service, 'state'), text);
    },
    psql: async (sql, more = {}) => {
      const result = await runAsPostgres('psql', ['-XAtqw', '-v', 'ON_ERROR_STOP=1', '-f', '-'], {
        env: { ...env, ...more },
        stdin: sql,
      });
      if (result.code !== 0) throw new Error(result.stderr);
      return result.stdout.trimEnd();
    },
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

function shellPath(base: string, shell: string): string {
  if (shell !== 'busybox') return '';
  const dir = join(base, 'tools');
  mkdirSync(dir);
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const applet of applets) symlinkSync('/bin/busybox', join(dir, applet));
  chmodSync(dir, 0o755);
  return `${dir}:`;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): TaskRun {
  const child = spawn(command, args, { ...postgresIdentity(), env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  const exit = new Promise<number>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? -1 : 128))),
  );
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  return { child, output: () => text, exit, gone };
}
