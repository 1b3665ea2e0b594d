import type { InventoryService, RepointCommands } from '../inventory/types.js';
import type { NomadJob, NomadTaskGroup } from '../ports/nomad.js';
import { OWN_TASKS, TASK_NAMES, TASKS } from './names.js';
import { settingTexts } from './names-instance.js';

/** What a preset says about an app: which keys of its environment tell where its database is. */
export interface AppPreset {
  readonly id: string;
  /** The app, when it has presets of several shapes. */
  readonly app?: string;
  readonly title?: string;
  readonly images: readonly RegExp[];
  readonly keys: readonly AppKey[];
  /** Keys that win over `keys` where they are set. */
  readonly forbidden?: readonly string[];
  /** Keys without which the app would not use PostgreSQL at all. */
  readonly required?: readonly { readonly key: string; readonly oneOf: readonly string[] }[];
  /** Set on apps that own their settings: found by image or name, whatever keys they set. */
  readonly repoint?: RepointCommands;
}

export interface AppKey {
  readonly key: string;
  readonly role: string;
  readonly default?: string;
  /** A dotted path in a config file that a template makes. */
  readonly inFile?: true;
}

export interface AppTask<P extends AppPreset = AppPreset> {
  readonly group: string;
  readonly task: string;
  readonly preset: P;
}

/** What an inventory may say about a job's tasks; `null` = look for yourself. */
export type TaskChoice = Pick<InventoryService, 'app' | 'group' | 'tasks'>;

/** The tasks of a job that use a database: those that set the keys of the named app, else of the one their image says, else of a generic one. */
export const appTasks = <P extends AppPreset>(
  job: NomadJob,
  service: TaskChoice,
  presets: readonly P[],
  readFile: ReadFile,
): AppTask<P>[] => {
  const choose = service.app === null ? foundPreset(presets, readFile) : namedPreset(presets, readFile, service.app);
  return job.TaskGroups.filter((group) => service.group === null || group.Name === service.group).flatMap((group) =>
    group.Tasks.filter((task) => !OWN_TASKS.includes(task.Name))
      .filter((task) => service.tasks === null || service.tasks.includes(task.Name))
      .flatMap((task) => {
        const preset = choose(task);
        return preset === undefined ? [] : [{ group: group.Name, task: task.Name, preset }];
      }),
  );
};

type Task = NomadTaskGroup['Tasks'][number];

/** Dotted paths and values of a config file's text. */
export type ReadFile = (text: string) => readonly (readonly [path: string, value: string])[];

type Choose<P> = (task: Task) => P | undefined;

// A named app that is not known must not be taken for one that merely sets the same keys: it may ignore them.
const namedPreset =
  <P extends AppPreset>(presets: readonly P[], readFile: ReadFile, id: string): Choose<P> =>
  (task) =>
    presets.find(
      (preset) =>
        (preset.id === id || preset.app === id) &&
        (setsItsKeys(task, preset, readFile) || (preset.repoint !== undefined && task.Lifecycle == null)),
    );

// The image alone is not enough: the same image may run as a worker that has no database settings.
// Presets without images are the generic ones: they fit whoever sets their keys.
const foundPreset =
  <P extends AppPreset>(presets: readonly P[], readFile: ReadFile): Choose<P> =>
  (task) => {
    const image = bareImage(String(task.Config?.['image'] ?? ''));
    const named = presets.filter((preset) => image !== '' && preset.images.some((pattern) => pattern.test(image)));
    const byImage = named.find((preset) => setsItsKeys(task, preset, readFile));
    const owner = named.find(({ repoint }) => repoint !== undefined && task.Lifecycle == null);
    const generic = presets.find((preset) => preset.images.length === 0 && setsItsKeys(task, preset, readFile));
    return byImage ?? owner ?? generic;
  };

const setsItsKeys = (task: Task, preset: AppPreset, readFile: ReadFile): boolean => {
  const keys = new Set(settingKeys(task));
  const files = preset.keys.some(({ inFile }) => inFile) ? fileKeys(task, readFile) : [];
  return preset.keys.some(
    ({ key, role, inFile }) =>
      LOCATES.has(role) && (inFile ? files.some((path) => endsPath(path, key)) : keys.has(key)),
  );
};

/** A preset names the end of a path: what stands above it is the operator's choice. */
export const endsPath = (path: string, key: string): boolean => path === key || path.endsWith(`.${key}`);

/** Templates of a task that make a file. */
export const fileTemplates = (task: Task): { readonly text: string; readonly path: string }[] =>
  (task.Templates ?? [])
    .filter(({ Envvars }) => Envvars !== true)
    .map(({ EmbeddedTmpl, DestPath }) => ({ text: EmbeddedTmpl ?? '', path: DestPath ?? '' }));

const fileKeys = (task: Task, readFile: ReadFile): string[] =>
  fileTemplates(task).flatMap(({ text }) => readFile(text).map(([key]) => key));

/** Without digest and tag: presets match names, not versions. */
export const bareImage = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');

const LOCATES: ReadonlySet<string> = new Set(['host', 'host:port', 'url']);

/** Keys a task sets in `env` or in a template with `env = true`. */
export const settingKeys = (task: Task): string[] => [
  ...Object.keys(task.Env ?? {}),
  ...(task.Templates ?? [])
    .filter((template) => template.Envvars === true)
    .flatMap((template) => templateKeys(template.EmbeddedTmpl ?? '')),
];

const templateKeys = (text: string): string[] =>
  [...text.matchAll(/^\s*(?:\{\{.*?\}\}\s*)*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/gm)].map(
    (match) => match[1] ?? '',
  );

/** A group with tasks that use the database. */
export interface ClientGroup {
  readonly name: string;
  readonly count: number;
  readonly canaries: number;
  readonly tasks: readonly string[];
}

/** In the job's order. */
export const clientGroups = (
  job: NomadJob,
  tasks: readonly { readonly group: string; readonly task: string }[],
): ClientGroup[] =>
  job.TaskGroups.filter(({ Name }) => tasks.some(({ group }) => group === Name)).map((group) => ({
    name: group.Name,
    count: group.Count ?? 1,
    canaries: Number(group.Update?.['Canary'] ?? 0),
    tasks: tasks.filter((task) => task.group === group.Name).map(({ task }) => task),
  }));

/** The one group the database goes to, or `undefined` when it is not clear. */
export const appGroup = (
  job: NomadJob,
  service: InventoryService,
  tasks: readonly { readonly group: string }[],
): NomadTaskGroup | undefined => {
  const names = new Set(service.group === null ? tasks.map((task) => task.group) : [service.group]);
  const groups = job.TaskGroups.filter((group) => names.has(group.Name));
  return groups.length === 1 ? groups[0] : undefined;
};

/** True when the job is one that dbctl made for a database alone. */
export const isOwnDatabase = (job: NomadJob | null): boolean =>
  (job?.TaskGroups ?? []).some(({ Tasks }) => ALONE.every((name) => Tasks.some((task) => task.Name === name)));

const ALONE: readonly string[] = [TASKS.postgres, TASKS.toolbox, TASKS.init];

/** Which catalogue the job asks for the service, in its templates or by a name; `undefined` when it asks none. */
export const asksFor = (job: NomadJob, service: string): 'nomad' | 'consul' | undefined => {
  const texts = job.TaskGroups.flatMap(({ Tasks }) => Tasks).flatMap(settingTexts);
  const name = service.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const asked = (call: string): RegExp => new RegExp(`(?<![\\w-])${call}\\s+["\`](?:[\\w-]+\\.)?${name}["\`|@]`);
  const dns = new RegExp(`(?<![\\w-])${name}\\.service\\.(?:[\\w-]+\\.)?consul(?![\\w-])`, 'i');
  if (texts.some((text) => asked('nomadService').test(text))) return 'nomad';
  return texts.some((text) => asked('service').test(text) || dns.test(text)) ? 'consul' : undefined;
};

/** True when the four tasks of dbctl are in the group already. */
export const hasDatabasePart = (group: NomadTaskGroup | undefined): boolean =>
  group !== undefined && TASK_NAMES.every((name) => group.Tasks.some((task) => task.Name === name));
