import type { Preset, PresetKey, SettingRole } from '../preset.js';
import { isPostgresUrl, isPostgresWords } from './database-address.js';
import { engineWord } from './engines.js';
import type { SeenSetting } from './seen-settings.js';
import { isPostgres, isServerAddress, isUnclear, type Named } from './speaks-of-postgres.js';

/** The last word of a key that holds a host. */
const HOST =
  /(?:^|[_.-]|(?<=DB)|(?<=SQL))(?:HOST_?NAME|HOST_?ADDRESS|HOST|SERVER_?NAME|SERVER|ADDRESS|ADDR|IP|ENDPOINT)$/i;
/** What follows after the same beginning. */
const SIBLINGS: readonly (readonly [RegExp, SettingRole])[] = [
  [/^[_.-]?PORT(?:_?NUMBER)?$/i, 'port'],
  [/^[_.-]?(?:DATABASE_?NAME|DB_?NAME|NAME|DATABASE|MAIN_?DB|LOG_?DB|DB|BASE)$/i, 'database'],
  [/^[_.-]?(?:USER_?NAME|USER|LOGIN|ROLE)$/i, 'user'],
  [/^[_.-]?(?:PASSWORD|PASSWD|PASS|PWD|PW)$/i, 'password'],
];
const LIBPQ: Readonly<Record<string, SettingRole>> = {
  PGHOST: 'host',
  PGPORT: 'port',
  PGDATABASE: 'database',
  PGUSER: 'user',
  PGPASSWORD: 'password',
};

/**
 * A preset for an app that no table knows, from what its settings say beyond doubt: a connection string of PostgreSQL, or
 * host and port beside something that names PostgreSQL. `undefined`: nothing says so.
 * `known`: texts of the shared server's addresses, where the operator gave them.
 */
export function inferPreset(settings: readonly SeenSetting[], known: readonly string[] = []): Preset | undefined {
  const urls = settings.filter(({ text }) => isPostgresUrl(text) || isPostgresWords(text));
  const parts = stems(settings).flatMap((stem) => partsOf(settings, stem, known));
  const beside = urls.flatMap((url) => besideUrl(url, settings));
  const keys = [...urls.map((setting) => keyOf(setting, 'url')), ...beside, ...parts];
  if (keys.length === 0) return undefined;
  const once = [...new Map(keys.map((key) => [`${key.key} ${key.inFile ?? ''}`, key])).values()];
  return { id: 'by-its-settings', title: 'the app', images: [], keys: once, forbidden: [], required: [] };
}

/** `…_USERNAME` and `…_PASSWORD` beside `…_URL`: a JDBC URL holds neither. */
const besideUrl = (url: SeenSetting, settings: readonly SeenSetting[]): PresetKey[] => {
  const stem = url.key.replace(/[_.-]?(?:JDBC_?)?(?:URL|URI|DSN)$/i, '');
  if (stem === url.key || stem === '') return [];
  return settings
    .filter(({ key, place }) => key.startsWith(stem) && (place === 'file') === (url.place === 'file'))
    .flatMap((setting) => {
      const role = SIBLINGS.find(([pattern]) => pattern.test(setting.key.slice(stem.length)))?.[1];
      return role === 'user' || role === 'password' ? [keyOf(setting, role)] : [];
    });
};

const keyOf = ({ key, place }: SeenSetting, role: SettingRole): PresetKey => ({
  ...{ key, role },
  ...(role === 'host' || role === 'port' || role === 'host:port' || role === 'url' ? { form: role } : {}),
  ...(place === 'file' ? { inFile: true as const } : {}),
});

/** Within the environment or within the files: keys of the two have nothing to do with each other. */
const roleOf = (setting: SeenSetting, stem: string): Named | undefined => {
  const libpq = LIBPQ[setting.key];
  if (libpq !== undefined || stem === 'PG')
    return libpq === undefined || stem !== 'PG' ? undefined : { setting, role: libpq };
  const [where = '', start = ''] = stem.split(' ');
  if (where !== whereOf(setting) || !setting.key.toUpperCase().startsWith(start)) return undefined;
  const rest = setting.key.slice(start.length);
  if (isHost(setting) && setting.key.replace(HOST, '').length === start.length) return { setting, role: 'host' };
  const role = SIBLINGS.find(([pattern]) => pattern.test(rest))?.[1] ?? bareName(setting, start);
  return role === undefined ? undefined : { setting, role };
};

/** `APP_DB` beside `APP_DB_HOST` is the database, where it does not say its kind. */
const bareName = ({ key, text }: SeenSetting, start: string): SettingRole | undefined =>
  /(?:^|[_.-])(?:DB|DATABASE)$/.test(start) &&
  key.toUpperCase() === start &&
  engineWord({ key: `${key}_TYPE`, text }) === undefined
    ? 'database'
    : undefined;

const isHost = (setting: SeenSetting): boolean => HOST.test(setting.key) && isServerAddress(setting);

const whereOf = ({ place }: SeenSetting): string => (place === 'file' ? 'file' : 'env');

/** Keys that name the host of a database of which nothing tells the kind. */
export const unclearHosts = (settings: readonly SeenSetting[]): SeenSetting[] =>
  settings.filter((setting) => setting.text !== '' && isHost(setting) && isUnclear(settings, stemOf(setting)));

const stemOf = (setting: SeenSetting): string => `${whereOf(setting)} ${setting.key.replace(HOST, '').toUpperCase()}`;

const stems = (settings: readonly SeenSetting[]): string[] => [
  ...new Set(
    settings.flatMap((setting) => {
      if (setting.key in LIBPQ) return ['PG'];
      return isHost(setting) ? [stemOf(setting)] : [];
    }),
  ),
];

function partsOf(settings: readonly SeenSetting[], stem: string, known: readonly string[]): PresetKey[] {
  const own = withoutTitle(settings.flatMap((setting) => roleOf(setting, stem) ?? []));
  const hosts = own.filter(({ role }) => role === 'host');
  if (hosts.length === 0 || !isPostgres(settings, stem, own, known)) return [];
  return own.map(({ setting, role }) =>
    keyOf(setting, role === 'host' && holdsPort(setting.text) ? 'host:port' : role),
  );
}

/** `name` beside `database` is what the entry is called. */
const withoutTitle = (own: readonly Named[]): Named[] => {
  const said = own.some(({ role, setting: { key } }) => role === 'database' && !/NAME$/i.test(key));
  return own.filter(({ role, setting: { key } }) => !(said && role === 'database' && /(?:^|[_.-])NAME$/i.test(key)));
};

const holdsPort = (text: string): boolean =>
  /[^:]:(?:\d+|\{\{[^}]*\}\}.*|\$\{[^}]*\})$/.test(text) ||
  /\}\}:\{\{/.test(text) ||
  /NOMAD(?:_UPSTREAM)?_ADDR_/.test(text);
