import type { Preset, PresetKey, SettingForm, SettingRole } from './preset.js';

export type { Preset, PresetKey, Repoint, SettingForm, SettingRole } from './preset.js';

const PORT = '5432';

const host = (key: string): PresetKey => ({ key, role: 'host', form: 'host' });
const port = (key: string): PresetKey => ({ key, role: 'port', form: 'port', default: PORT });
const hostPort = (key: string): PresetKey => ({ key, role: 'host:port', form: 'host:port' });
const url = (key: string): PresetKey => ({ key, role: 'url', form: 'url' });
const database = (key: string): PresetKey => ({ key, role: 'database' });
const login = (user: string, password: string): PresetKey[] => [
  { key: user, role: 'user' },
  { key: password, role: 'password' },
];
const inFile = (keys: readonly PresetKey[]): PresetKey[] => keys.map((key) => ({ ...key, inFile: true }));

/** An image by its last name, whoever publishes it. */
const image = (...names: readonly string[]): RegExp[] => [new RegExp(`(^|/)(?:${names.join('|')})$`)];
/** `_FILE` and the like: the value is in a file, where dbctl does not change it. */
const files = (...keys: readonly string[]): string[] => keys.map((key) => `${key}_FILE`);

/** Immich makes its own extensions, and its images hold them. */
const VECTORS: NonNullable<Preset['needsImage']> = {
  like: /immich|vectorchord|pgvecto|vchord/,
  why: 'Immich needs an image with its vector extensions',
  next: 'one like ghcr.io/immich-app/postgres:<major>-vectorchord…, of the major that it has now',
};

const DB_PARTS: readonly PresetKey[] = [
  host('DB_HOST'),
  port('DB_PORT'),
  database('DB_DATABASE'),
  ...login('DB_USERNAME', 'DB_PASSWORD'),
];

/** Two databases of one role: what an app of the Servarr family keeps, and its log. */
const servarr = (id: string, title: string): Preset => {
  const name = (key: string): string => `${id.toUpperCase()}__POSTGRES__${key}`;
  return {
    ...{ id, title, images: image(id), forbidden: [], required: [] },
    keys: [
      host(name('HOST')),
      port(name('PORT')),
      ...[database(name('MAINDB')), database(name('LOGDB'))],
      ...login(name('USER'), name('PASSWORD')),
    ],
  };
};

/** The same in the file that the app keeps; what its environment says wins. */
const servarrFile = (id: string, title: string): Preset => ({
  ...{ id: `${id}-file`, app: id, title: `${title} by config.xml`, images: image(id), required: [] },
  keys: inFile([
    host('PostgresHost'),
    port('PostgresPort'),
    ...[database('PostgresMainDb'), database('PostgresLogDb')],
    ...login('PostgresUser', 'PostgresPassword'),
  ]),
  forbidden: [`${id.toUpperCase()}__POSTGRES__HOST`],
});

/** `DATABASE_URL` and no other key. */
const byUrl = (id: string, title: string, names: readonly string[]): Preset => ({
  ...{ id, title, images: names.length > 0 ? image(...names) : [], keys: [url('DATABASE_URL')], required: [] },
  forbidden: files('DATABASE_URL'),
});

/**
 * Keys per app, from the apps' own documentation. Order: first match by image wins, so a shape that wins in the app
 * stands before the others; the generic ones (no image) match by their keys only.
 */
export const PRESETS: readonly Preset[] = [
  {
    ...{ id: 'speedtest-tracker', title: 'Speedtest Tracker', images: image('speedtest-tracker') },
    trap: 'APP_KEY has to stay, or what is encrypted in the database is lost',
    keys: DB_PARTS,
    forbidden: ['DB_URL'],
    required: [{ key: 'DB_CONNECTION', oneOf: ['pgsql'] }],
  },
  {
    ...{ id: 'speedtest-tracker-url', app: 'speedtest-tracker', title: 'Speedtest Tracker' },
    images: image('speedtest-tracker'),
    keys: [url('DB_URL')],
    forbidden: [],
    required: [{ key: 'DB_CONNECTION', oneOf: ['pgsql'] }],
  },
  {
    ...{ id: 'authelia', title: 'Authelia', images: image('authelia'), required: [] },
    trap: 'storage.encryption_key has to stay, or what is encrypted in the database is lost',
    keys: inFile([
      url('storage.postgres.address'),
      database('storage.postgres.database'),
      ...login('storage.postgres.username', 'storage.postgres.password'),
    ]),
    forbidden: ['AUTHELIA_STORAGE_POSTGRES_ADDRESS'],
  },
  {
    ...{ id: 'authelia-parts', app: 'authelia', title: 'Authelia before 4.38', images: image('authelia') },
    trap: 'from version 4.38 on Authelia wants storage.postgres.address in place of host and port',
    keys: inFile([
      host('storage.postgres.host'),
      port('storage.postgres.port'),
      database('storage.postgres.database'),
      ...login('storage.postgres.username', 'storage.postgres.password'),
    ]),
    forbidden: ['AUTHELIA_STORAGE_POSTGRES_ADDRESS', 'AUTHELIA_STORAGE_POSTGRES_HOST'],
    required: [],
  },
  {
    ...{ id: 'authelia-env', app: 'authelia', title: 'Authelia by env', images: image('authelia'), required: [] },
    keys: [
      url('AUTHELIA_STORAGE_POSTGRES_ADDRESS'),
      database('AUTHELIA_STORAGE_POSTGRES_DATABASE'),
      ...login('AUTHELIA_STORAGE_POSTGRES_USERNAME', 'AUTHELIA_STORAGE_POSTGRES_PASSWORD'),
    ],
    forbidden: ['AUTHELIA_STORAGE_POSTGRES_HOST'],
  },
  {
    ...{ id: 'freshrss', title: 'FreshRSS', images: image('freshrss'), keys: [], forbidden: [], required: [] },
    repoint: {
      file: '/var/www/FreshRSS/data/config.php',
      read: [
        'php',
        '-r',
        "$c = (include '/var/www/FreshRSS/data/config.php')['db']; echo $c['host'], ' ', $c['base'], ' ', $c['user'], PHP_EOL;",
      ],
      write: ['php', '/var/www/FreshRSS/cli/reconfigure.php', '--db-host', '{address}'],
    },
  },
  {
    ...{ id: 'nextcloud', title: 'Nextcloud', images: image('nextcloud'), keys: [], required: [] },
    forbidden: ['NC_dbhost'],
    repoint: {
      file: '/var/www/html/config/config.php',
      read: [
        'php',
        '-r',
        "include '/var/www/html/config/config.php'; echo $CONFIG['dbhost'], ' ', $CONFIG['dbname'], ' ', $CONFIG['dbuser'], PHP_EOL;",
      ],
      // occ connects before it sets anything, and the old address is closed by then: NC_dbhost wins over the file.
      write: [
        ...['env', 'NC_dbhost={address}', 'php', '/var/www/html/occ'],
        ...['config:system:set', 'dbhost', '--value', '{address}'],
      ],
      user: 'www-data',
    },
  },
  {
    ...{ id: 'nextcloud-env', app: 'nextcloud', title: 'Nextcloud by env', images: image('nextcloud') },
    trap: 'NC_db… wins over config.php, where occ still shows the old server',
    keys: [hostPort('NC_dbhost'), database('NC_dbname'), ...login('NC_dbuser', 'NC_dbpassword')],
    forbidden: [],
    required: [],
  },
  {
    ...{ id: 'gitea', title: 'Gitea', images: image('gitea', 'forgejo') },
    keys: [
      hostPort('GITEA__database__HOST'),
      database('GITEA__database__NAME'),
      ...login('GITEA__database__USER', 'GITEA__database__PASSWD'),
    ],
    forbidden: ['GITEA__database__HOST__FILE', 'FORGEJO__database__HOST'],
    required: [{ key: 'GITEA__database__DB_TYPE', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'forgejo', title: 'Forgejo', images: image('forgejo') },
    keys: [
      hostPort('FORGEJO__database__HOST'),
      database('FORGEJO__database__NAME'),
      ...login('FORGEJO__database__USER', 'FORGEJO__database__PASSWD'),
    ],
    forbidden: ['FORGEJO__database__HOST__FILE', 'GITEA__database__HOST'],
    required: [{ key: 'FORGEJO__database__DB_TYPE', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'grafana-url', app: 'grafana', title: 'Grafana', images: image('grafana(?:-oss|-enterprise)?') },
    keys: [url('GF_DATABASE_URL')],
    forbidden: ['GF_DATABASE_URL__FILE'],
    required: [],
  },
  {
    ...{ id: 'grafana', title: 'Grafana', images: image('grafana(?:-oss|-enterprise)?') },
    keys: [
      hostPort('GF_DATABASE_HOST'),
      database('GF_DATABASE_NAME'),
      ...login('GF_DATABASE_USER', 'GF_DATABASE_PASSWORD'),
    ],
    forbidden: ['GF_DATABASE_URL', 'GF_DATABASE_HOST__FILE'],
    required: [{ key: 'GF_DATABASE_TYPE', oneOf: ['postgres'] }],
  },
  byUrl('vaultwarden', 'Vaultwarden', ['vaultwarden', 'vaultwarden/server']),
  byUrl('miniflux', 'Miniflux', ['miniflux']),
  {
    ...{ id: 'immich-url', app: 'immich', title: 'Immich', images: image('immich-server', 'immich') },
    needsImage: VECTORS,
    keys: [url('DB_URL')],
    forbidden: files('DB_URL'),
    required: [],
  },
  {
    ...{ id: 'immich', title: 'Immich', images: image('immich-server', 'immich') },
    needsImage: VECTORS,
    keys: [host('DB_HOSTNAME'), port('DB_PORT'), database('DB_DATABASE_NAME'), ...login('DB_USERNAME', 'DB_PASSWORD')],
    forbidden: ['DB_URL', ...files('DB_HOSTNAME', 'DB_URL')],
    required: [],
  },
  {
    ...{ id: 'paperless', title: 'Paperless-ngx', images: image('paperless-ngx', 'paperless-ng'), required: [] },
    trap: 'from version 3 on Paperless-ngx needs PAPERLESS_DBENGINE=postgresql, or it takes SQLite',
    keys: [
      host('PAPERLESS_DBHOST'),
      port('PAPERLESS_DBPORT'),
      { key: 'PAPERLESS_DBNAME', role: 'database', default: 'paperless' },
      { key: 'PAPERLESS_DBUSER', role: 'user', default: 'paperless' },
      { key: 'PAPERLESS_DBPASS', role: 'password' },
    ],
    forbidden: files('PAPERLESS_DBHOST'),
  },
  {
    ...{ id: 'n8n', title: 'n8n', images: image('n8n') },
    trap: 'N8N_ENCRYPTION_KEY has to stay, or saved credentials are lost',
    keys: [
      host('DB_POSTGRESDB_HOST'),
      port('DB_POSTGRESDB_PORT'),
      { key: 'DB_POSTGRESDB_DATABASE', role: 'database', default: 'n8n' },
      ...login('DB_POSTGRESDB_USER', 'DB_POSTGRESDB_PASSWORD'),
    ],
    forbidden: files('DB_POSTGRESDB_HOST', 'DB_POSTGRESDB_PORT'),
    required: [{ key: 'DB_TYPE', oneOf: ['postgresdb'] }],
  },
  byUrl('outline', 'Outline', ['outline']),
  {
    ...{ id: 'keycloak-url', app: 'keycloak', title: 'Keycloak', images: image('keycloak') },
    keys: [url('KC_DB_URL'), ...login('KC_DB_USERNAME', 'KC_DB_PASSWORD')],
    forbidden: [],
    required: [],
  },
  {
    ...{ id: 'keycloak', title: 'Keycloak', images: image('keycloak') },
    keys: [
      host('KC_DB_URL_HOST'),
      port('KC_DB_URL_PORT'),
      { key: 'KC_DB_URL_DATABASE', role: 'database', default: 'keycloak' },
      ...login('KC_DB_USERNAME', 'KC_DB_PASSWORD'),
    ],
    forbidden: ['KC_DB_URL'],
    required: [],
  },
  {
    ...{ id: 'linkding', title: 'linkding', images: image('linkding'), forbidden: [] },
    keys: [
      host('LD_DB_HOST'),
      port('LD_DB_PORT'),
      { key: 'LD_DB_DATABASE', role: 'database', default: 'linkding' },
      { key: 'LD_DB_USER', role: 'user', default: 'linkding' },
      { key: 'LD_DB_PASSWORD', role: 'password' },
    ],
    required: [{ key: 'LD_DB_ENGINE', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'mealie-url', app: 'mealie', title: 'Mealie', images: image('mealie'), forbidden: [] },
    keys: [url('POSTGRES_URL_OVERRIDE')],
    required: [{ key: 'DB_ENGINE', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'mealie', title: 'Mealie', images: image('mealie'), forbidden: ['POSTGRES_URL_OVERRIDE'] },
    trap: 'POSTGRES_USER and its like are names of the server image too: keep them out of the task of the database',
    keys: [
      host('POSTGRES_SERVER'),
      port('POSTGRES_PORT'),
      { key: 'POSTGRES_DB', role: 'database', default: 'mealie' },
      { key: 'POSTGRES_USER', role: 'user', default: 'mealie' },
      { key: 'POSTGRES_PASSWORD', role: 'password' },
    ],
    required: [{ key: 'DB_ENGINE', oneOf: ['postgres'] }],
  },
  byUrl('umami', 'Umami', ['umami']),
  byUrl('plausible', 'Plausible', ['plausible/analytics', 'plausible/community-edition']),
  byUrl('linkwarden', 'Linkwarden', ['linkwarden']),
  byUrl('ghostfolio', 'Ghostfolio', ['ghostfolio']),
  byUrl('litellm', 'LiteLLM', ['litellm', 'litellm-database']),
  byUrl('windmill', 'Windmill', ['windmill', 'windmill-ee']),
  {
    ...{ id: 'wallabag', title: 'Wallabag', images: image('wallabag'), forbidden: ['SYMFONY__ENV__DATABASE_URL'] },
    trap: 'POPULATE_DATABASE has to be False: the database is there already',
    keys: [
      host('SYMFONY__ENV__DATABASE_HOST'),
      port('SYMFONY__ENV__DATABASE_PORT'),
      database('SYMFONY__ENV__DATABASE_NAME'),
      ...login('SYMFONY__ENV__DATABASE_USER', 'SYMFONY__ENV__DATABASE_PASSWORD'),
    ],
    required: [{ key: 'SYMFONY__ENV__DATABASE_DRIVER', oneOf: ['pdo_pgsql'] }],
  },
  {
    ...{ id: 'woodpecker', title: 'Woodpecker', images: image('woodpecker-server') },
    keys: [url('WOODPECKER_DATABASE_DATASOURCE')],
    forbidden: files('WOODPECKER_DATABASE_DATASOURCE'),
    required: [{ key: 'WOODPECKER_DATABASE_DRIVER', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'authentik', title: 'authentik', images: [/(^|\/)goauthentik\/server$/, /(^|\/)authentik$/] },
    keys: [
      host('AUTHENTIK_POSTGRESQL__HOST'),
      port('AUTHENTIK_POSTGRESQL__PORT'),
      { key: 'AUTHENTIK_POSTGRESQL__NAME', role: 'database', default: 'authentik' },
      { key: 'AUTHENTIK_POSTGRESQL__USER', role: 'user', default: 'authentik' },
      { key: 'AUTHENTIK_POSTGRESQL__PASSWORD', role: 'password' },
    ],
    forbidden: [],
    required: [],
  },
  {
    ...{ id: 'vikunja', title: 'Vikunja', images: image('vikunja', 'vikunja/api'), forbidden: [] },
    keys: [
      hostPort('VIKUNJA_DATABASE_HOST'),
      { key: 'VIKUNJA_DATABASE_DATABASE', role: 'database', default: 'vikunja' },
      ...login('VIKUNJA_DATABASE_USER', 'VIKUNJA_DATABASE_PASSWORD'),
    ],
    required: [{ key: 'VIKUNJA_DATABASE_TYPE', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'hedgedoc', title: 'HedgeDoc', images: image('hedgedoc'), forbidden: ['CMD_DB_HOST'], required: [] },
    keys: [url('CMD_DB_URL')],
  },
  servarr('radarr', 'Radarr'),
  servarrFile('radarr', 'Radarr'),
  servarr('sonarr', 'Sonarr'),
  servarrFile('sonarr', 'Sonarr'),
  servarr('prowlarr', 'Prowlarr'),
  servarrFile('prowlarr', 'Prowlarr'),
  servarr('lidarr', 'Lidarr'),
  servarrFile('lidarr', 'Lidarr'),
  servarr('readarr', 'Readarr'),
  servarrFile('readarr', 'Readarr'),
  {
    ...{ id: 'tt-rss', title: 'Tiny Tiny RSS', images: image('tt-?rss(?:-fpm[\\w-]*)?'), forbidden: [], required: [] },
    keys: [
      host('TTRSS_DB_HOST'),
      port('TTRSS_DB_PORT'),
      database('TTRSS_DB_NAME'),
      ...login('TTRSS_DB_USER', 'TTRSS_DB_PASS'),
    ],
  },
  {
    ...{ id: 'mastodon', title: 'Mastodon', images: image('mastodon', 'mastodon-streaming'), required: [] },
    trap: 'the keys of ACTIVE_RECORD_ENCRYPTION_… have to stay, or what is encrypted in the database is lost',
    keys: [
      host('DB_HOST'),
      port('DB_PORT'),
      { key: 'DB_NAME', role: 'database', default: 'mastodon_production' },
      { key: 'DB_USER', role: 'user', default: 'mastodon' },
      { key: 'DB_PASS', role: 'password' },
    ],
    forbidden: ['DATABASE_URL'],
  },
  {
    ...{ id: 'gotosocial-url', app: 'gotosocial', title: 'GoToSocial', images: image('gotosocial'), required: [] },
    keys: [url('GTS_DB_POSTGRES_CONNECTION_STRING')],
    forbidden: [],
  },
  {
    ...{ id: 'gotosocial', title: 'GoToSocial', images: image('gotosocial'), required: [] },
    keys: [
      host('GTS_DB_ADDRESS'),
      port('GTS_DB_PORT'),
      { key: 'GTS_DB_DATABASE', role: 'database', default: 'gotosocial' },
      ...login('GTS_DB_USER', 'GTS_DB_PASSWORD'),
    ],
    forbidden: ['GTS_DB_POSTGRES_CONNECTION_STRING'],
  },
  {
    ...{ id: 'drone', title: 'Drone', images: image('drone'), forbidden: [] },
    keys: [url('DRONE_DATABASE_DATASOURCE')],
    required: [{ key: 'DRONE_DATABASE_DRIVER', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'concourse', title: 'Concourse', images: image('concourse'), forbidden: [], required: [] },
    keys: [
      host('CONCOURSE_POSTGRES_HOST'),
      port('CONCOURSE_POSTGRES_PORT'),
      { key: 'CONCOURSE_POSTGRES_DATABASE', role: 'database', default: 'atc' },
      ...login('CONCOURSE_POSTGRES_USER', 'CONCOURSE_POSTGRES_PASSWORD'),
    ],
  },
  {
    ...{ id: 'seerr', title: 'Seerr', images: image('seerr', 'jellyseerr'), forbidden: ['DB_SOCKET_PATH'] },
    keys: [host('DB_HOST'), port('DB_PORT'), database('DB_NAME'), ...login('DB_USER', 'DB_PASS')],
    required: [{ key: 'DB_TYPE', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'firefly-iii', title: 'Firefly III', images: [/(^|\/)fireflyiii\/core$/], forbidden: ['DATABASE_URL'] },
    trap: 'APP_KEY has to stay, or what is encrypted in the database is lost',
    keys: DB_PARTS,
    required: [{ key: 'DB_CONNECTION', oneOf: ['pgsql'] }],
  },
  {
    ...{ id: 'joplin-url', app: 'joplin', title: 'Joplin Server', images: [/(^|\/)joplin\/server$/], forbidden: [] },
    keys: [url('POSTGRES_CONNECTION_STRING')],
    required: [{ key: 'DB_CLIENT', oneOf: ['pg'] }],
  },
  {
    ...{ id: 'joplin', title: 'Joplin Server', images: [/(^|\/)joplin\/server$/] },
    keys: [
      host('POSTGRES_HOST'),
      port('POSTGRES_PORT'),
      { key: 'POSTGRES_DATABASE', role: 'database', default: 'joplin' },
      { key: 'POSTGRES_USER', role: 'user', default: 'joplin' },
      { key: 'POSTGRES_PASSWORD', role: 'password' },
    ],
    forbidden: ['POSTGRES_CONNECTION_STRING'],
    required: [{ key: 'DB_CLIENT', oneOf: ['pg'] }],
  },
  {
    ...{ id: 'shlink', title: 'Shlink', images: image('shlink'), forbidden: [] },
    keys: [
      host('DB_HOST'),
      port('DB_PORT'),
      { key: 'DB_NAME', role: 'database', default: 'shlink' },
      ...login('DB_USER', 'DB_PASSWORD'),
    ],
    required: [{ key: 'DB_DRIVER', oneOf: ['postgres'] }],
  },
  {
    ...{ id: 'lemmy', title: 'Lemmy', images: image('lemmy'), forbidden: ['LEMMY_DATABASE_URL'], required: [] },
    keys: inFile([
      host('database.host'),
      port('database.port'),
      database('database.database'),
      ...login('database.user', 'database.password'),
    ]),
  },
  {
    ...{ id: 'lemmy-url', app: 'lemmy', title: 'Lemmy', images: image('lemmy'), forbidden: ['LEMMY_DATABASE_URL'] },
    keys: inFile([url('database.uri')]),
    required: [],
  },
  {
    ...{ id: 'home-assistant', title: 'Home Assistant', images: image('home-assistant', 'homeassistant') },
    keys: inFile([url('recorder.db_url')]),
    forbidden: [],
    required: [],
  },
  {
    ...{ id: 'dendrite', title: 'Dendrite', images: image('dendrite(?:-monolith)?'), forbidden: [], required: [] },
    keys: inFile([url('database.connection_string')]),
  },
  {
    ...{ id: 'synapse', title: 'Synapse', images: image('synapse'), forbidden: [], required: [] },
    keys: inFile([
      host('database.args.host'),
      port('database.args.port'),
      database('database.args.database'),
      ...login('database.args.user', 'database.args.password'),
    ]),
  },
  {
    ...{ id: 'postgres-exporter', title: 'postgres_exporter', images: image('postgres[-_]exporter'), required: [] },
    keys: [url('DATA_SOURCE_NAME')],
    forbidden: ['DATA_SOURCE_URI', 'DATA_SOURCE_URI_FILE'],
  },
  {
    ...{ id: 'pgweb', title: 'pgweb', images: image('pgweb'), forbidden: [], required: [] },
    keys: [url('PGWEB_DATABASE_URL')],
  },
  {
    ...{ id: 'db-parts', title: 'DB_HOST and DB_PORT', images: [] },
    keys: [...DB_PARTS, database('DB_NAME'), ...login('DB_USER', 'DB_PASS')],
    forbidden: ['DB_URL', 'DATABASE_URL'],
    required: [],
  },
  {
    ...{ id: 'libpq', title: 'PGHOST and PGPORT', images: [], required: [] },
    keys: [host('PGHOST'), port('PGPORT'), database('PGDATABASE'), ...login('PGUSER', 'PGPASSWORD')],
    forbidden: ['PGHOSTADDR', 'PGSERVICE', 'DATABASE_URL'],
  },
  byUrl('database-url', 'DATABASE_URL', []),
  {
    ...{ id: 'own-file', title: 'an app with a tool of its own', images: [], keys: [], forbidden: [], required: [] },
    // Only the inventory knows its commands.
    repoint: { read: ['false'], write: ['false'] },
  },
];

const BY_INVENTORY = 'by-inventory';

/** A preset of keys that the operator names, in the environment. */
export const presetOfKeys = (id: string, roles: Readonly<Record<string, SettingRole>>): Preset => ({
  ...{ id, title: 'the app', images: [], forbidden: [], required: [] },
  keys: Object.entries(roles).map(([key, role]) => ({ key, role, ...(isForm(role) ? { form: role } : {}) })),
});

const isForm = (role: SettingRole): role is SettingForm =>
  role === 'host' || role === 'port' || role === 'host:port' || role === 'url';

/** How a service's app may be told its database: as the inventory says, else by whatever preset fits. */
export const presetsOf = ({ settings }: Told): readonly Preset[] =>
  settings === undefined ? PRESETS : [presetOfKeys(BY_INVENTORY, settings)];

/** The preset of a plan about that service. */
export const presetNamed = (service: Told, id: string): Preset | undefined =>
  presetsOf(service).find((preset) => preset.id === id);

interface Told {
  readonly settings?: Readonly<Record<string, SettingRole>>;
}

export const presetById = (id: string): Preset | undefined => PRESETS.find((preset) => preset.id === id);

/** Everything `app:` may name: an app, or one shape of it. */
export const appNames = (): string[] => PRESETS.map(({ id }) => id);

/** `ghcr.io/alexjustesen/speedtest-tracker:v1@sha256:…` matches as `ghcr.io/alexjustesen/speedtest-tracker`. */
export function presetForImage(name: string): Preset | undefined {
  const bare = name.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return PRESETS.find((preset) => preset.images.some((pattern) => pattern.test(bare)));
}
