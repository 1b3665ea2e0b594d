import type { InventoryService } from '../inventory/types.js';
import type { NomadJob, NomadTaskGroup } from '../ports/nomad.js';
import { TASK_NAMES } from './names.js';

/** What a preset says about an app: which keys of its environment tell where its database is. */
export interface AppPreset {
  readonly id: string;
  readonly images: readonly RegExp[];
  readonly keys: readonly { readonly key: string; readonly role: string; readonly default?: string }[];
}

export interface AppTask<P extends AppPreset = AppPreset> {
  readonly group: string;
  readonly task: string;
  readonly preset: P;
}

/** The tasks of a job that use a database: those that set the keys of the named app, else of the one their image says, else of a generic one. */
export const appTasks = <P extends AppPreset>(
  job: NomadJob,
  service: InventoryService,
  presets: readonly P[],
): AppTask<P>[] => {
  const choose = service.app === null ? foundPreset(presets) : namedPreset(presets, service.app);
  return job.TaskGroups.filter((group) => service.group === null || group.Name === service.group).flatMap((group) =>
    group.Tasks.filter((task) => !TASK_NAMES.includes(task.Name))
      .filter((task) => service.tasks === null || service.tasks.includes(task.Name))
      .flatMap((task) => {
        const preset = choose(task);
        return preset === undefined ? [] : [{ group: group.Name, task: task.Name, preset }];
      }),
  );
};

type Task = NomadTaskGroup['Tasks'][number];

type Choose<P> = (task: Task) => P | undefined;

// A named app that is not known must not be taken for one that merely sets the same keys: it may ignore them.
const namedPreset =
  <P extends AppPreset>(presets: readonly P[], id: string): Choose<P> =>
  (task) =>
    presets.find((preset) => preset.id === id && setsItsKeys(task, preset));

// The image alone is not enough: the same image may run as a worker that has no database settings.
// Presets without images are the generic ones: they fit whoever sets their keys.
const foundPreset =
  <P extends AppPreset>(presets: readonly P[]): Choose<P> =>
  (task) => {
    const usable = presets.filter((preset) => setsItsKeys(task, preset));
    const image = imageName(String(task.Config?.['image'] ?? ''));
    const byImage = usable.find((preset) => image !== '' && preset.images.some((pattern) => pattern.test(image)));
    return byImage ?? usable.find((preset) => preset.images.length === 0);
  };

const setsItsKeys = (task: Task, preset: AppPreset): boolean => {
  const keys = new Set(settingKeys(task));
  return preset.keys.some(({ key, role }) => LOCATES.has(role) && keys.has(key));
};

/** Without digest and tag: presets match names, not versions. */
const imageName = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');

const LOCATES: ReadonlySet<string> = new Set(['host', 'host:port', 'url']);

/** Keys a task sets in `env` or in a template with `env = true`. */
export const settingKeys = (task: Task): string[] => [
  ...Object.keys(task.Env ?? {}),
  ...(task.Templates ?? [])
    .filter((template) => template.Envvars === true)
    .flatMap((template) => templateKeys(template.EmbeddedTmpl ?? '')),
];

const templateKeys = (text: string): string[] =>
  [...text.matchAll(/^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/gm)].map((match) => match[1] ?? '');

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

/** True when the four tasks of dbctl are in the group already. */
export const hasDatabasePart = (group: NomadTaskGroup | undefined): boolean =>
  group !== undefined && TASK_NAMES.every((name) => group.Tasks.some((task) => task.Name === name));
