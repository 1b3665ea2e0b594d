import type { DatabasePart } from '../plan/types.js';
import { goString, goTemplateLiteral } from './helpers/go-template.js';
import { hclString } from './helpers/hcl.js';
import { mountPoint } from './mount-point.js';
import { type PartScripts, renderScripts } from './part-scripts.js';

type Row = readonly [key: string, value: string];

interface TaskFile {
  readonly destination: string;
  /** Exactly one of the two is set. A secret has no newline at its end, so it is no heredoc. */
  readonly text?: string;
  readonly secret?: string;
}

interface TaskShape {
  readonly name: string;
  readonly script: string;
  readonly sidecar: boolean;
  readonly resources: { readonly cpu: number; readonly memory: number };
  readonly files: readonly TaskFile[];
  readonly mounts?: readonly { readonly volume: string; readonly destination: string; readonly readOnly: boolean }[];
  readonly stop?: { readonly signal: string; readonly timeout: string };
  readonly vault?: boolean;
  readonly shmSize?: number | string;
}

/** `/dev/shm` of a container is 64 MiB unless told otherwise: too little for parallel queries. */
const SHM_BYTES = 256 * 1024 * 1024;

/** The tasks of a part as `templates/postgres/part.hcl.hbs` wants them: every key present, so that strict rendering holds. */
export function partTasks(part: DatabasePart): object[] {
  const scripts = renderScripts(part);
  const tasks = [serverTask(part, scripts), toolboxTask(part, scripts), initTask(part, scripts)];
  if (part.purpose === 'service' && part.placement !== 'own-job') tasks.push(gateTask(part, scripts));
  return tasks.map((task) => complete(part, task));
}

const serverTask = (part: DatabasePart, { entry }: PartScripts): TaskShape => ({
  name: part.task,
  script: 'entry.sh',
  sidecar: true,
  resources: part.resources.postgres,
  files: [script('entry.sh', entry)],
  mounts: [
    { volume: part.volume.label, destination: mountPoint(part.major), readOnly: false },
    { volume: part.backupVolume.label, destination: '/backups', readOnly: true },
  ],
  // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
  stop: { signal: 'SIGINT', timeout: `${part.killTimeoutSeconds}s` },
  ...(part.driver === 'docker' ? { shmSize: SHM_BYTES } : {}),
  ...(part.driver === 'podman' ? { shmSize: hclString(`${SHM_BYTES / 1024 / 1024}m`) } : {}),
});

const toolboxTask = (part: DatabasePart, { toolbox }: PartScripts): TaskShape => ({
  name: part.toolbox,
  script: 'toolbox.sh',
  sidecar: true,
  resources: part.resources.toolbox,
  files: [script('toolbox.sh', toolbox)],
  mounts: [{ volume: part.backupVolume.label, destination: '/backups', readOnly: false }],
});

function initTask(part: DatabasePart, { init, initSql }: PartScripts): TaskShape {
  // A rehearsal carries the role's verifier over and needs no password, so it needs no access to Vault either.
  const vaulted = part.purpose === 'service';
  return {
    name: part.initTask,
    script: 'init.sh',
    sidecar: false,
    resources: part.resources.init,
    files: [script('init.sh', init), script('init.sql', initSql), ...(vaulted ? [passwordFile(part)] : [])],
    vault: vaulted,
  };
}

const gateTask = (part: DatabasePart, { gate }: PartScripts): TaskShape => ({
  name: part.gateTask,
  script: 'gate.sh',
  sidecar: false,
  resources: part.resources.init,
  files: [script('gate.sh', gate)],
});

const script = (name: string, text: string): TaskFile => ({
  destination: `local/${name}`,
  text: goTemplateLiteral(text),
});

const passwordFile = ({ vault }: DatabasePart): TaskFile => ({
  destination: 'secrets/password',
  secret: `{{ with secret ${goString(vault.path)} }}{{ index .Data.data ${goString(vault.key)} }}{{ end }}`,
});

function complete(part: DatabasePart, task: TaskShape): object {
  return {
    ...{ name: task.name, sidecar: task.sidecar, hook: hookOf(part, task), driver: part.driver },
    ...{ cpu: task.resources.cpu, memory: task.resources.memory },
    config: aligned(part.image === undefined ? directConfig(task) : imageConfig(part, part.image, task)),
    stop: task.stop ?? null,
    vault: task.vault ?? false,
    vaultRole: part.vault.role ?? null,
    env: taskEnv(part),
    mounts: task.mounts ?? [],
    files: task.files.map((file) => ({ text: null, secret: null, ...file })),
    restart: restartOf(part),
  };
}

/**
 * A job ends with its last main task (seen on 1.11.1). A rehearsal has no app: its toolbox is the main task. In a job of
 * its own it is the server, so that init, which needs it, comes after it.
 */
function hookOf(part: DatabasePart, { name }: TaskShape): string | null {
  if (part.purpose === 'rehearsal') return name === part.toolbox ? null : 'prestart';
  if (part.placement !== 'own-job' || name === part.toolbox) return 'prestart';
  return name === part.task ? null : 'poststart';
}

/** A rehearsal that fails must fail at once; a database that is in use tries again and stays where its volume is. */
const restartOf = ({ purpose }: DatabasePart): object =>
  purpose === 'rehearsal' ? { attempts: 0, mode: 'fail' } : { attempts: 5, mode: 'delay' };

function taskEnv(part: DatabasePart): { key: string; value: string }[] {
  const debian = `/usr/lib/postgresql/${part.major}/bin`;
  const path = `${debian}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  const rows: Row[] = [
    ['PGDATA', hclString(`${mountPoint(part.major)}/pgdata`)],
    ['PGHOST', '"${NOMAD_ALLOC_DIR}/pg"'],
    ['PGPORT', hclString(String(part.port))],
    ['PGUSER', '"postgres"'],
    ['PGDATABASE', '"postgres"'],
    ['PGCONNECT_TIMEOUT', '"5"'],
    // An image brings its own PATH; on a bare machine Debian hides the programs behind wrappers.
    ...(part.image === undefined ? ([['PATH', hclString(path)]] satisfies Row[]) : []),
  ];
  return aligned(rows);
}

const directConfig = ({ script }: TaskShape): Row[] => [
  ['command', '"/bin/sh"'],
  ['args', `["\${NOMAD_TASK_DIR}/${script}"]`],
];

const imageConfig = (part: DatabasePart, image: string, { script, shmSize }: TaskShape): Row[] => [
  ['image', hclString(image)],
  ['entrypoint', '["/bin/sh"]'],
  ['args', `["\${NOMAD_TASK_DIR}/${script}"]`],
  ...(part.network === 'host' ? ([['network_mode', '"host"']] satisfies Row[]) : []),
  ...(shmSize === undefined ? [] : ([['shm_size', String(shmSize)]] satisfies Row[])),
];

/** Equals signs below each other, as `nomad fmt` has them. */
function aligned(rows: readonly Row[]): { key: string; value: string }[] {
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows.map(([key, value]) => ({ key: key.padEnd(width), value }));
}
