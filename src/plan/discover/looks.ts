import type { NomadJob, NomadTask } from '../../ports/nomad.js';
import { askedKeys } from '../app-settings.js';
import { type AppPreset, appTasks, fileTemplates, type ReadFile, settingKeys } from '../locate.js';
import { OWN_TASKS } from '../names.js';
import { argumentUrls } from './argument-urls.js';
import { commandOf, engineOf, imageOf, isTool, lastName } from './engines.js';
import { keyMeaning } from './key-words.js';
import { serverKeys } from './server-names.js';
import { engineOfUrl, isConnection } from './told.js';
import type { Engine, TaskPlace } from './types.js';
import { writtenPairs } from './written.js';

/** A key as it is asked for inside a task: what may hold a password comes back without it. */
export interface AskedKey {
  readonly key: string;
  readonly kind: 'plain' | 'url' | 'file' | 'urlfile';
}

export interface FoundServer extends TaskPlace {
  readonly engine: Engine;
  readonly keys: readonly AskedKey[];
}

export interface FoundClient<P extends AppPreset = AppPreset> extends TaskPlace {
  readonly preset: P | null;
  readonly keys: readonly AskedKey[];
  /** Its template computes the names of its keys: only the task itself can tell them. */
  readonly computed: boolean;
}

/** Jobs that dbctl makes and takes away again, and its backups of the shared instance. */
export const isOwnJob = (id: string): boolean => /^dbctl-(?:rehearse|rescue|drill|look|tools|backup)-/.test(id);

export const taskAt = (jobs: readonly NomadJob[], place: TaskPlace): NomadTask | undefined =>
  jobs
    .find(({ ID }) => ID === place.job)
    ?.TaskGroups.find(({ Name }) => Name === place.group)
    ?.Tasks.find(({ Name }) => Name === place.task);

/** Every task that runs a database server, with the keys that tell its names. */
export const findServers = (jobs: readonly NomadJob[]): FoundServer[] =>
  tasksOf(jobs).flatMap(({ task, place }) => {
    const engine = engineOf(task);
    if (engine === undefined) return [];
    const names = imageOf(task) === '' ? BY_SCRIPT : serverKeys(engine, task);
    const keys = names.map((key): AskedKey => ({ key, kind: key.endsWith('_FILE') ? 'file' : 'plain' }));
    return [{ ...place, engine, keys }];
  });

/** A server that a script starts follows no image's rules, but these may lead to it, and to who may ask it. */
const BY_SCRIPT = ['PGPORT', 'PGUSER', 'POSTGRES_USER', 'POSTGRES_USER_FILE'];

const NO_CHOICE = { app: null, group: null, tasks: null } as const;

/** Every other task whose settings speak of a database, with the keys that say where it is. */
export const findClients = <P extends AppPreset>(
  jobs: readonly NomadJob[],
  presets: readonly P[],
  readFile: ReadFile,
): FoundClient<P>[] =>
  jobs.flatMap((job) => {
    const apps = appTasks(job, NO_CHOICE, presets, readFile);
    return tasksOf([job]).flatMap(({ task, place }) => {
      if (OWN_TASKS.includes(task.Name) || engineOf(task) !== undefined) return [];
      const app = apps.find((item) => item.group === place.group && item.task === place.task);
      const keys = clientKeys(task, app?.preset ?? null);
      const computed = computesKeys(task);
      const speaks = app !== undefined || keys.some(({ key, kind }) => kind !== 'plain' || isPlace(key)) || computed;
      return speaks || saysInFile(task, readFile) || argumentUrls(task).length > 0
        ? [{ ...place, preset: app?.preset ?? null, keys, computed }]
        : [];
    });
  });

const isPlace = (key: string): boolean => keyMeaning(key)?.role === 'host';

const saysInFile = (task: NomadTask, readFile: ReadFile): boolean =>
  fileTemplates(task).some(({ text }) => readFile(text).some(([path, value]) => isPlace(path) || isUrl(path, value)));

const isUrl = (path: string, value: string): boolean =>
  keyMeaning(path)?.role === 'url' || engineOfUrl(value) !== undefined;

/** Dotted paths of config files that speak of a database. */
export const filePaths = (task: NomadTask, readFile: ReadFile): { path: string; role: string }[] =>
  fileTemplates(task).flatMap(({ text }) =>
    readFile(text).flatMap(([path, value]) => {
      if (engineOfUrl(value) !== undefined) return [{ path, role: 'url' }];
      const meaning = keyMeaning(path);
      return meaning === undefined ? [] : [{ path, role: meaning.role }];
    }),
  );

/** Those of the preset, what decides whether it is used at all, and all whose names speak of a database. */
const clientKeys = (task: NomadTask, preset: AppPreset | null): AskedKey[] => {
  const own = preset === null ? [] : askedKeys(preset).filter(({ inFile }) => inFile !== true);
  const written = writtenPairs(task);
  const named = settingKeys(task).flatMap((key) => askedByName(key, written.get(key)));
  const found = [
    ...own.map(({ key, role }): AskedKey => ({ key, kind: role === 'url' ? 'url' : 'plain' })),
    ...(preset?.required ?? []).map(({ key }): AskedKey => ({ key, kind: 'plain' })),
    ...named,
  ];
  return [...new Map(found.map((item) => [item.key, item])).values()];
};

/** How a key is asked for; nothing for one whose name says nothing. */
export const askedByName = (key: string, written?: string): AskedKey[] => {
  const isUrl = written !== undefined && isConnection(written);
  const meaning = keyMeaning(key);
  if (meaning === undefined) return isUrl ? [{ key, kind: 'url' }] : [];
  const url = isUrl || meaning.role === 'url';
  return [{ key, kind: meaning.inFile ? (url ? 'urlfile' : 'file') : url ? 'url' : 'plain' }];
};

/** `{{ range $key, $value := … }}{{ $key }}={{ $value }}{{ end }}` */
const computesKeys = (task: NomadTask): boolean =>
  (task.Templates ?? []).some(
    ({ Envvars, EmbeddedTmpl }) => Envvars === true && /\}\}[A-Za-z0-9_]*[ \t]*=/.test(EmbeddedTmpl ?? ''),
  );

const TOOL_IMAGE =
  /exporter|backup|pgadmin|pgweb|adminer|phpmyadmin|mongo-express|pghero|databasus|databasement|pgdump|pg_?dump|dbgate|cloudbeaver/;

const DUMPS = /\b(?:pg_dump|pg_dumpall|pg_basebackup|mysqldump|mariadb-dump|mongodump)\b/;

/** Looks after databases and owns none: exporters, consoles, dump jobs. */
export const isToolTask = (task: NomadTask): boolean =>
  isTool(task) ||
  TOOL_IMAGE.test(lastName(task)) ||
  (engineImage(task) && task.Lifecycle != null) ||
  [commandOf(task), ...fileTemplates(task).map(({ text }) => text)].some((text) => DUMPS.test(text));

const engineImage = (task: NomadTask): boolean =>
  engineOf({ ...task, Lifecycle: null, Config: { image: imageOf(task) } }) !== undefined;

/** Hands sessions on to a server, so that its clients are that server's. */
export const isPooler = (task: NomadTask): boolean => /^(?:pgbouncer|pgcat|pgpool|odyssey)/.test(lastName(task));

export const isPoolerAt = (jobs: readonly NomadJob[], place: TaskPlace): boolean => {
  const task = taskAt(jobs, place);
  return task !== undefined && isPooler(task);
};

interface Found {
  readonly place: TaskPlace;
  readonly task: NomadTask;
}

export const tasksOf = (jobs: readonly NomadJob[]): Found[] =>
  jobs.flatMap((job) =>
    job.TaskGroups.flatMap((group) =>
      group.Tasks.map((task) => ({ place: { job: job.ID, group: group.Name, task: task.Name }, task })),
    ),
  );
