import type { NomadTask } from '../ports/nomad.js';
import { readConnection, splitHostPort } from './connection-text.js';
import type { AppEnvironment } from './facts.js';
import { type AppKey, type AppPreset, type AppTask, endsPath, fileTemplates, type ReadFile } from './locate.js';

/** Roles of keys that say where the database is. Passwords are never asked for, and URLs lose theirs inside the task. */
const ASKED: ReadonlySet<string> = new Set(['host', 'port', 'host:port', 'url', 'database', 'user']);

/** The keys whose live values may be read: no secret leaves the task. */
export const askedKeys = (preset: AppPreset): AppKey[] => preset.keys.filter(({ role }) => ASKED.has(role));

/** What an app's settings mean, by its preset. An empty value counts as not set. */
export const environmentOf = (
  { group, task, preset }: AppTask,
  values: ReadonlyMap<string, string>,
  unreadable: string | null,
): AppEnvironment => {
  const settingOf = (role: string): string | null => {
    const key = preset.keys.find((item) => item.role === role && (values.get(item.key) ?? '') !== '');
    return key === undefined
      ? (preset.keys.find((item) => item.role === role)?.default ?? null)
      : (values.get(key.key) ?? null);
  };
  const settingsOf = (role: string): string[] => [
    ...new Set(
      preset.keys
        .filter((item) => item.role === role)
        .map((item) => values.get(item.key) || item.default || '')
        .filter((value) => value !== ''),
    ),
  ];
  const [host, port] = splitHostPort(settingOf('host:port'));
  const url = readConnection(settingOf('url') ?? '');
  const databases = settingsOf('database');
  return {
    group,
    task,
    preset: preset.id,
    host: settingOf('host') ?? host ?? url.host,
    port: portNumber(settingOf('port') ?? port ?? url.port),
    databases: databases.length > 0 || url.database === null ? databases : [url.database],
    role: settingOf('user') ?? url.user,
    ...(preset.repoint === undefined ? {} : { ownFile: true as const }),
    unreadable,
  };
};

const portNumber = (text: string | null): number | null =>
  text !== null && /^\d{1,5}$/.test(text) ? Number(text) : null;

/** Settings a jobspec states as plain text; template actions are unknown until they run. */
export const writtenSettings = (task: NomadTask): Map<string, string> => {
  const lines = (task.Templates ?? [])
    .filter(({ Envvars }) => Envvars === true)
    .flatMap(({ EmbeddedTmpl }) => (EmbeddedTmpl ?? '').split(/\r?\n/));
  const written = lines.flatMap((line): [string, string][] => {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    return match === null || (match[2] ?? '').includes('{{') ? [] : [[match[1] ?? '', unquoted(match[2] ?? '')]];
  });
  return new Map([...Object.entries(task.Env ?? {}), ...written]);
};

/** What the config files that templates make say in plain text, by the preset's keys. */
export const writtenFileSettings = (task: NomadTask, preset: AppPreset, readFile: ReadFile): Map<string, string> =>
  fileSettings(
    preset,
    fileTemplates(task).flatMap(({ text }) => readFile(text).filter(([, value]) => !value.includes('{{'))),
  );

/** Dotted paths of a file as the preset names them; the first one counts. */
export const fileSettings = (preset: AppPreset, found: readonly (readonly [string, string])[]): Map<string, string> =>
  new Map(
    preset.keys.flatMap(({ key, inFile }): [string, string][] => {
      const hit = inFile ? found.find(([path]) => endsPath(path, key)) : undefined;
      return hit === undefined ? [] : [[key, hit[1]]];
    }),
  );

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;
