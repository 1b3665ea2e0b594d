import type { NomadTask } from '../ports/nomad.js';
import type { AppEnvironment } from './facts.js';
import type { AppPreset, AppTask } from './locate.js';

/** Roles of keys that say where the database is. Passwords and URLs are never asked for. */
const ASKED: ReadonlySet<string> = new Set(['host', 'port', 'host:port', 'database', 'user']);

/** The keys whose live values may be read: no secret among them. */
export const askedKeys = (preset: AppPreset): string[] =>
  preset.keys.filter(({ role }) => ASKED.has(role)).map(({ key }) => key);

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
  return {
    group,
    task,
    preset: preset.id,
    host: settingOf('host') ?? host,
    port: portNumber(settingOf('port') ?? port),
    databases: settingsOf('database'),
    role: settingOf('user'),
    unreadable,
  };
};

/** `db.home:5432` and `[::1]:5432`. */
const splitHostPort = (text: string | null): [string | null, string | null] => {
  const match = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text ?? '');
  return match === null ? [text, null] : [match[1] ?? (match[2] || null), match[3] ?? null];
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

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;
