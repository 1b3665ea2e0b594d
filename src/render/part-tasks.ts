import { listensOn } from '../plan/listens-on.js';
import type { DatabasePart } from '../plan/types.js';
import { backupEnv, elsewhereFiles } from './backup-files.js';
import { asksVault, type FetchedName, fetchedDatabases, fetchedNames, hclLookup } from './fetched-names.js';
import { goString, goTemplateLiteral } from './helpers/go-template.js';
import { hclString } from './helpers/hcl.js';
import { mountPoint } from './mount-point.js';
import { type PartScripts, renderScripts } from './part-scripts.js';

export type Row = readonly [key: string, value: string];

interface TaskFile {
  readonly destination: string;
  /** Exactly one of the three is set. A secret has no newline at its end, so it is no heredoc. */
  readonly text?: string;
  readonly secret?: string;
  /** An HCL string: a name that is fetched. */
  readonly fetched?: string;
}

export interface TaskShape {
  readonly name: string;
  readonly script: string;
  /** `null` for a main task. */
  readonly lifecycle: { readonly hook: 'prestart' | 'poststart'; readonly sidecar: boolean } | null;
  readonly resources: { readonly cpu: number; readonly memory: number };
  readonly files: readonly TaskFile[];
  readonly mounts?: readonly { readonly volume: string; readonly destination: string; readonly readOnly: boolean }[];
  readonly stop?: { readonly signal: string; readonly timeout: string };
  readonly vault?: boolean;
  readonly shmSize?: number | string;
  /** Labels of the ports that a container publishes. */
  readonly ports?: readonly string[];
}

/** `/dev/shm` of a container is 64 MiB unless told otherwise: too little for parallel queries. */
const SHM_BYTES = 256 * 1024 * 1024;

/** The tasks of a part as `templates/postgres/part.hcl.hbs` wants them: every key present, so that strict rendering holds. */
export function partTasks(part: DatabasePart): object[] {
  const scripts = renderScripts(part);
  const tasks = [serverTask(part, scripts), toolboxTask(part, scripts), initTask(part, scripts)];
  if (hasGate(part)) tasks.push(gateTask(part, scripts));
  return tasks.map((task) => complete(part, task));
}

/** Only a group that holds the app has somebody to hold back. */
export const hasGate = ({ purpose, placement }: DatabasePart): boolean =>
  purpose === 'service' && placement === 'same-group';

const SIDECAR = { hook: 'prestart', sidecar: true } as const;
const ONE_SHOT = { hook: 'prestart', sidecar: false } as const;

/** A job ends with its last main task (seen on 1.11.1), so one without the app needs one of its own. */
const OWN_JOB = { server: null, init: { hook: 'poststart', sidecar: false } } as const;

const serverTask = (part: DatabasePart, { entry }: PartScripts): TaskShape => ({
  name: part.task,
  script: 'entry.sh',
  lifecycle: part.placement === 'own-job' && part.purpose === 'service' ? OWN_JOB.server : SIDECAR,
  resources: part.resources.postgres,
  files: [script('entry.sh', entry)],
  mounts: [
    { volume: part.volume.label, destination: mountPoint(part.major), readOnly: false },
    { volume: part.backupVolume.label, destination: '/backups', readOnly: true },
  ],
  // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
  stop: { signal: 'SIGINT', timeout: `${part.killTimeoutSeconds}s` },
  ...(listensOn(part) === 'namespace' ? { ports: ['db'] } : {}),
  ...(part.driver === 'docker' ? { shmSize: SHM_BYTES } : {}),
  ...(part.driver === 'podman' ? { shmSize: hclString(`${SHM_BYTES / 1024 / 1024}m`) } : {}),
});

const toolboxTask = (part: DatabasePart, { toolbox }: PartScripts): TaskShape => ({
  name: part.toolbox,
  script: 'toolbox.sh',
  lifecycle: part.purpose === 'rehearsal' ? null : SIDECAR,
  resources: part.resources.toolbox,
  files: [script('toolbox.sh', toolbox), ...backupFiles(part)],
  vault: part.backup !== undefined && asksVault(fetchedDatabases(part)),
  mounts: [{ volume: part.backupVolume.label, destination: '/backups', readOnly: false }],
});

/** Only a service's own toolbox backs up by itself. */
function backupFiles(part: DatabasePart): TaskFile[] {
  const { backup, purpose } = part;
  if (backup === undefined || purpose === 'rehearsal') return [];
  const names = fetchedDatabases(part).map(nameFile);
  return [script('backup.env', backupEnv(part, backup)), ...names, ...elsewhereFiles(part, backup)];
}

/** The toolbox as the only task of a throwaway job. */
export function toolboxAlone(part: DatabasePart): object {
  const alone = { ...part, purpose: 'rehearsal' } as const;
  return complete(alone, toolboxTask(alone, renderScripts(alone)));
}

function initTask(part: DatabasePart, { init, initSql }: PartScripts): TaskShape {
  // A rehearsal carries the role's verifier over and needs no password, so it needs no access to Vault either.
  const vaulted = part.purpose === 'service';
  return {
    name: part.initTask,
    script: 'init.sh',
    lifecycle: vaulted && part.placement === 'own-job' ? OWN_JOB.init : ONE_SHOT,
    resources: part.resources.init,
    files: [
      ...[script('init.sh', init), script('init.sql', initSql)],
      ...(vaulted ? [passwordFile(part)] : []),
      ...fetchedNames(part).map(nameFile),
    ],
    vault: vaulted,
  };
}

const gateTask = (part: DatabasePart, { gate }: PartScripts): TaskShape => ({
  name: part.gateTask,
  script: 'gate.sh',
  lifecycle: ONE_SHOT,
  resources: part.resources.init,
  files: [script('gate.sh', gate), ...fetchedDatabases(part).map(nameFile)],
  vault: asksVault(fetchedDatabases(part)),
});

const nameFile = ({ file, lookup }: FetchedName): TaskFile => ({
  destination: `secrets/${file}`,
  fetched: hclLookup(lookup),
});

export const script = (name: string, text: string): TaskFile => ({
  destination: `local/${name}`,
  text: goTemplateLiteral(text),
});

const passwordFile = ({ vault }: DatabasePart): TaskFile => ({
  destination: 'secrets/password',
  secret: `{{ with secret ${goString(vault.path)} }}{{ index .Data.data ${goString(vault.key)} }}{{ end }}`,
});

/** What a task of ours takes of its part, whichever job it is in. */
export type TaskPart = Pick<DatabasePart, 'driver' | 'image' | 'network' | 'vault' | 'purpose' | 'major' | 'port'>;

/** Every key that a template of a task asks for. */
export function complete(part: TaskPart, task: TaskShape): object {
  return {
    ...{ name: task.name, lifecycle: task.lifecycle, driver: part.driver },
    ...{ cpu: task.resources.cpu, memory: task.resources.memory },
    config: aligned(part.image === undefined ? directConfig(task) : imageConfig(part, part.image, task)),
    stop: task.stop ?? null,
    vault: task.vault ?? false,
    vaultRole: part.vault.role ?? null,
    env: taskEnv(part),
    mounts: task.mounts ?? [],
    files: task.files.map((file) => ({ text: null, secret: null, fetched: null, ...file })),
    restart: restartOf(part),
  };
}

/** A rehearsal that fails must fail at once; a database that is in use tries again and stays where its volume is. */
const restartOf = ({ purpose }: TaskPart): object =>
  purpose === 'rehearsal' ? { attempts: 0, mode: 'fail' } : { attempts: 5, mode: 'delay' };

function taskEnv(part: TaskPart): { key: string; value: string }[] {
  const rows: Row[] = [
    ['PGDATA', hclString(`${mountPoint(part.major)}/pgdata`)],
    ['PGHOST', '"${NOMAD_ALLOC_DIR}/pg"'],
    ['PGPORT', hclString(String(part.port))],
    ['PGUSER', '"postgres"'],
    ['PGDATABASE', '"postgres"'],
    ['PGCONNECT_TIMEOUT', '"5"'],
    ...pathRow(part),
  ];
  return aligned(rows);
}

/** An image brings its own PATH; on a bare machine Debian hides the programs behind wrappers. */
export function pathRow({ image, major }: TaskPart): Row[] {
  const debian = `/usr/lib/postgresql/${major}/bin`;
  const path = `${debian}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  return image === undefined ? [['PATH', hclString(path)]] : [];
}

const directConfig = ({ script }: TaskShape): Row[] => [
  ['command', '"/bin/sh"'],
  ['args', `["\${NOMAD_TASK_DIR}/${script}"]`],
];

const imageConfig = (part: TaskPart, image: string, { script, shmSize, ports }: TaskShape): Row[] => [
  ['image', hclString(image)],
  ['entrypoint', '["/bin/sh"]'],
  ['args', `["\${NOMAD_TASK_DIR}/${script}"]`],
  ...(part.network === 'host' ? ([['network_mode', '"host"']] satisfies Row[]) : []),
  ...(ports === undefined ? [] : ([['ports', `[${ports.map(hclString).join(', ')}]`]] satisfies Row[])),
  ...(shmSize === undefined ? [] : ([['shm_size', String(shmSize)]] satisfies Row[])),
];

/** Equals signs below each other, as `nomad fmt` has them. */
export function aligned(rows: readonly Row[]): { key: string; value: string }[] {
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows.map(([key, value]) => ({ key: key.padEnd(width), value }));
}
