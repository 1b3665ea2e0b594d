import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolboxScripts } from '../../src/engines/postgres/scripts.js';
import { shQuote } from '../../src/shared/quote.js';
import { type CommandResult, mkdirAsPostgres, runAsPostgres, type TestCluster, writeAsPostgres } from './postgres.js';

export interface StepOptions {
  readonly cluster: TestCluster;
  readonly database: string;
  readonly name: string;
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default `sh`. */
  readonly shell?: readonly string[];
}

export const RUN = '20261120-211530-ab12';

/** A step directory as the toolbox gets it. Returns its path. */
export function makeStep({ cluster, database, name, script, env = {} }: StepOptions): string {
  const dir = join(cluster.scratch, name);
  mkdirSync(cluster.scratch, { recursive: true });
  mkdirAsPostgres(dir);
  const scripts = toolboxScripts();
  const job = scripts.find((file) => file.name === script)?.text ?? script;
  for (const { name: file, text } of [...scripts, { name: 'job.sh', text: job }])
    writeAsPostgres(join(dir, file), text);
  const all = {
    RUN,
    PGHOST: cluster.socket,
    PGPORT: String(cluster.port),
    PGUSER: 'postgres',
    PGDATABASE: database,
    PGPASSFILE: '/dev/null',
    ...env,
  };
  writeAsPostgres(
    join(dir, 'run.env'),
    Object.entries(all)
      .map(([key, value]) => `${key}=${shQuote(value)}\n`)
      .join(''),
  );
  return dir;
}

export interface StepResult extends CommandResult {
  readonly dir: string;
  readonly seconds: number;
  file(name: string): string;
}

/** Runs a step's script in the foreground. */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const dir = makeStep(options);
  const [shell = 'sh', ...args] = options.shell ?? ['sh'];
  const before = performance.now();
  const result = await runAsPostgres(shell, [...args, 'job.sh'], {
    cwd: dir,
    env: { PATH: options.cluster.env['PATH'] },
  });
  const seconds = (performance.now() - before) / 1000;
  return { ...result, dir, seconds, file: (name) => readFileSync(join(dir, name), 'utf8') };
}

/** Dumps into `<scratch>/backup-<name>`; throws unless it works. */
export async function dumpStep(
  cluster: TestCluster,
  database: string,
  more: Partial<StepOptions> = {},
): Promise<StepResult & { readonly out: string }> {
  const name = more.name ?? `dump-${Date.now()}`;
  const out = join(cluster.scratch, `backup-${name}`);
  const result = await runStep({ cluster, database, script: 'dump.sh', ...more, name, env: { OUT: out, ...more.env } });
  if (result.code !== 0) throw new Error(`dump.sh ended with ${result.code}: ${result.stdout}${result.stderr}`);
  return { ...result, out };
}

export const restoreStep = (
  cluster: TestCluster,
  database: string,
  from: string,
  more: Partial<StepOptions> = {},
): Promise<StepResult> =>
  runStep({
    cluster,
    database,
    script: 'restore.sh',
    name: `restore-${Date.now()}`,
    ...more,
    env: { IN: from, EVIDENCE: '1', ...more.env },
  });

export const evidenceStep = (
  cluster: TestCluster,
  database: string,
  more: Partial<StepOptions> = {},
): Promise<StepResult> =>
  runStep({ cluster, database, script: 'evidence.sh', name: `evidence-${Date.now()}`, ...more });
