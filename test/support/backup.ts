import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCatalog } from '../../src/dataplane/read-catalog.js';
import { toolboxScripts } from '../../src/engines/postgres/scripts.js';
import type { BackupCatalog } from '../../src/report/backup-catalog.js';
import { fileName } from '../../src/shared/file-name.js';
import { shQuote } from '../../src/shared/quote.js';
import { mkdirAsPostgres, runAsPostgres, type TestCluster, writeAsPostgres } from './postgres.js';
import { toolBinary } from './tool-binary.js';
import { makeStep, type StepOptions, type StepResult } from './toolbox.js';

export type Env = Readonly<Record<string, string>>;

/** A service as the toolbox's task sees it: its folder on the backup volume and Nomad's folders. */
export interface BackupPlace {
  readonly cluster: TestCluster;
  readonly service: string;
  /** `/backups/<service>`. */
  readonly dir: string;
  readonly env: Env & { readonly NOMAD_ALLOC_DIR: string; readonly NOMAD_SECRETS_DIR: string };
  ids(): string[];
  catalog(): BackupCatalog;
  metrics(): string;
}

const assignments = (env: Env): string =>
  Object.entries(env)
    .map(([key, value]) => `${key}=${shQuote(value)}\n`)
    .join('');

/** rclone and age as Nomad's artifacts put them, readable by the `postgres` user. */
function putTools(dir: string): void {
  mkdirAsPostgres(dir);
  for (const tool of ['rclone', 'age', 'age-keygen'] as const) {
    linkOrCopy(toolBinary(tool), join(dir, tool));
  }
}

/** rclone alone is 80 MB. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
    chmodSync(to, 0o755);
  }
}

const numbered = (name: string, values: readonly string[]): [string, string][] => [
  [name === 'FOLDER' ? 'FOLDERS' : `${name}S`, String(values.length)],
  ...values.map((value, index): [string, string] => [`${name}_${index + 1}`, value]),
];

export function backupPlace(cluster: TestCluster, databases: readonly string[], more: Env = {}): BackupPlace {
  const count = existsSync(cluster.scratch) ? readdirSync(cluster.scratch).length : 0;
  mkdirSync(cluster.scratch, { recursive: true });
  const base = join(cluster.scratch, `place-${count}`);
  const dir = join(base, 'backups', 'shop');
  const [task, alloc, secrets] = ['task', 'alloc', 'secrets'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [base, join(base, 'backups'), dir, task, alloc, secrets]) mkdirAsPostgres(folder);
  putTools(join(task, 'tools'));
  const config = {
    SERVICE: 'shop',
    SERVICE_DIR: dir,
    SCHEDULE: '30 2 * * *',
    ZONE: 'UTC',
    KEEP_LAST: '3',
    LOCK_WAIT: '5',
    ...Object.fromEntries([...numbered('DATABASE', databases), ...numbered('FOLDER', databases.map(fileName))]),
    ...more,
  };
  writeAsPostgres(join(task, 'backup.env'), assignments(config));
  const read = (name: string): string => readFileSync(join(alloc, 'dbctl', 'backups', name), 'utf8');
  return {
    cluster,
    service: 'shop',
    dir,
    env: { NOMAD_TASK_DIR: task, NOMAD_ALLOC_DIR: alloc, NOMAD_SECRETS_DIR: secrets },
    ids: () => (existsSync(join(dir, 'sets')) ? readdirSync(join(dir, 'sets')).sort() : []),
    catalog: () => parseCatalog(read('catalog.json'), 'test'),
    metrics: () => read('metrics.prom'),
  };
}

export interface ScriptOptions {
  readonly env?: Env;
  readonly shell?: readonly string[];
  readonly script?: string;
}

const steps = { count: 0 };

/** Prepares a step; `runIn` runs it. */
export function placeStep(place: BackupPlace, { env = {}, script = 'backup.sh' }: ScriptOptions = {}): string {
  const options: StepOptions = {
    cluster: place.cluster,
    database: 'postgres',
    name: `b${steps.count++}`,
    script,
    env: { KIND: 'manual', ...env },
  };
  return makeStep(options);
}

/** Runs one of the programs in the foreground, with a task's environment and nothing else. */
export async function runPlaced(place: BackupPlace, options: ScriptOptions = {}): Promise<StepResult> {
  const dir = placeStep(place, options);
  const [shell = 'sh', ...args] = options.shell ?? ['sh'];
  const before = performance.now();
  const result = await runAsPostgres(shell, [...args, 'job.sh'], {
    cwd: dir,
    env: { PATH: place.cluster.env['PATH'], ...place.env },
  });
  const file = (name: string): string => readFileSync(join(dir, name), 'utf8');
  return { ...result, dir, seconds: (performance.now() - before) / 1000, file };
}

/** `programs/<sha>` of the service, as dbctl puts it. */
export function putPrograms(place: BackupPlace, sha: string): string {
  const dir = join(place.dir, 'programs', sha);
  for (const folder of [join(place.dir, 'programs'), dir]) mkdirAsPostgres(folder);
  for (const { name, text } of toolboxScripts()) writeAsPostgres(join(dir, name), text);
  return dir;
}
