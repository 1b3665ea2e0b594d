/** What one key holds: `host` and `port` by themselves, both in one, or the authority of a URL. */
export type SettingForm = 'host' | 'port' | 'host:port' | 'url';

/** What discovery reads from a key. `url` keys carry everything. */
export type SettingRole = 'host' | 'port' | 'host:port' | 'url' | 'database' | 'user' | 'password';

export interface PresetKey {
  readonly key: string;
  readonly role: SettingRole;
  /** Set on keys the splice rewrites. */
  readonly form?: SettingForm;
  /** The app's own value when the key is absent. */
  readonly default?: string;
}

/** How an app is told where its database is. */
export interface Preset {
  readonly id: string;
  readonly title: string;
  /** Matched against the image without registry, tag and digest. */
  readonly images: readonly RegExp[];
  readonly keys: readonly PresetKey[];
  /** Keys that, when set, win over `keys`: the splice refuses. */
  readonly forbidden: readonly string[];
  /** Keys without which the app would not use PostgreSQL at all. */
  readonly required: readonly { readonly key: string; readonly oneOf: readonly string[] }[];
}

const DB_PARTS: readonly PresetKey[] = [
  { key: 'DB_HOST', role: 'host', form: 'host' },
  { key: 'DB_PORT', role: 'port', form: 'port', default: '5432' },
  { key: 'DB_DATABASE', role: 'database' },
  { key: 'DB_USERNAME', role: 'user' },
  { key: 'DB_PASSWORD', role: 'password' },
];

/** Keys per app, from the apps' own documentation. Order: first match by image wins; the generic ones match by id only. */
export const PRESETS: readonly Preset[] = [
  {
    id: 'speedtest-tracker',
    title: 'Speedtest Tracker',
    images: [/(^|\/)speedtest-tracker$/],
    keys: DB_PARTS,
    forbidden: ['DB_URL'],
    required: [{ key: 'DB_CONNECTION', oneOf: ['pgsql'] }],
  },
  {
    id: 'gitea',
    title: 'Gitea, Forgejo',
    images: [/(^|\/)(gitea|forgejo)$/],
    keys: [
      { key: 'GITEA__database__HOST', role: 'host:port', form: 'host:port' },
      { key: 'GITEA__database__NAME', role: 'database' },
      { key: 'GITEA__database__USER', role: 'user' },
      { key: 'GITEA__database__PASSWD', role: 'password' },
    ],
    forbidden: [],
    required: [{ key: 'GITEA__database__DB_TYPE', oneOf: ['postgres'] }],
  },
  {
    id: 'miniflux',
    title: 'Miniflux',
    images: [/(^|\/)miniflux$/],
    keys: [{ key: 'DATABASE_URL', role: 'url', form: 'url' }],
    forbidden: ['DATABASE_URL_FILE'],
    required: [],
  },
  {
    id: 'db-parts',
    title: 'DB_HOST and DB_PORT',
    images: [],
    keys: DB_PARTS,
    forbidden: ['DB_URL', 'DATABASE_URL'],
    required: [],
  },
  {
    id: 'libpq',
    title: 'PGHOST and PGPORT',
    images: [],
    keys: [
      { key: 'PGHOST', role: 'host', form: 'host' },
      { key: 'PGPORT', role: 'port', form: 'port', default: '5432' },
      { key: 'PGDATABASE', role: 'database' },
      { key: 'PGUSER', role: 'user' },
      { key: 'PGPASSWORD', role: 'password' },
    ],
    forbidden: ['PGHOSTADDR', 'PGSERVICE', 'DATABASE_URL'],
    required: [],
  },
];

export const presetById = (id: string): Preset | undefined => PRESETS.find((preset) => preset.id === id);

/** `ghcr.io/alexjustesen/speedtest-tracker:v1@sha256:…` matches as `ghcr.io/alexjustesen/speedtest-tracker`. */
export function presetForImage(image: string): Preset | undefined {
  const name = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return PRESETS.find((preset) => preset.images.some((pattern) => pattern.test(name)));
}
