import { describe, expect, it } from 'vitest';
import type { NomadJob } from '../../../src/ports/nomad.js';
import {
  answer,
  app,
  discovered,
  envTemplate,
  fileTemplate,
  jobOf,
  type Story,
  sharedServer,
  taskOf,
} from './world.js';

interface Expected {
  /** Databases of each service, by its name. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  readonly confidence?: 'certain' | 'likely' | 'unclear';
  /** Codes that must be told of. Backups are another story, and never looked for here. */
  readonly findings?: readonly string[];
}

type Case = readonly [title: string, story: Story, expected: Expected];

const ASKS = '{{ range nomadService "postgresql" }}DB_HOST={{ .Address }}\nDB_PORT={{ .Port }}\n{{ end }}';
const CONSUL = 'postgresql.service.consul';

/** On the shared instance, with one session of `role` in the first database. */
const on = (
  job: NomadJob | readonly NomadJob[],
  databases: readonly string[],
  more: Partial<Story> = {},
  role?: string,
): Story => ({
  jobs: [sharedServer(), ...(Array.isArray(job) ? job : [job])] as NomadJob[],
  answers: { 'postgresql/postgres': answer(databases, [[databases[0] ?? 'postgres', role ?? databases[0] ?? '', 3]]) },
  ...more,
});

const CASES: readonly Case[] = [
  [
    'parts, looked up by a template',
    on(
      app(
        'speedtest',
        'lscr.io/linuxserver/speedtest-tracker:1',
        { DB_CONNECTION: 'pgsql' },
        envTemplate(`${ASKS}DB_DATABASE=speed_db\nDB_USERNAME=speed_db\n`),
      ),
      ['speed_db'],
    ),
    { services: { speedtest: ['speed_db'] }, confidence: 'certain' },
  ],
  [
    'parts, read in the running task under a name that Vault knows',
    on(
      app(
        'speedtest',
        'lscr.io/linuxserver/speedtest-tracker:1',
        {},
        envTemplate('DB_CONNECTION=pgsql\nDB_HOST={{ .x }}\nDB_DATABASE={{ .y }}\nDB_USERNAME={{ .z }}\n'),
      ),
      ['0cron'],
      {
        live: {
          'speedtest/speedtest': {
            DB_CONNECTION: 'pgsql',
            DB_HOST: '10.0.0.5',
            DB_PORT: '5432',
            DB_DATABASE: '0cron',
            DB_USERNAME: '0cron',
          },
        },
      },
    ),
    { services: { speedtest: ['0cron'] }, confidence: 'certain' },
  ],
  [
    'the same image with SQLite',
    on(
      app('speedtest', 'lscr.io/linuxserver/speedtest-tracker:1', {
        DB_CONNECTION: 'sqlite',
        DB_HOST: '10.0.0.5',
        DB_DATABASE: 'speed',
      }),
      ['speed'],
      {
        live: { 'speedtest/speedtest': { DB_CONNECTION: 'sqlite', DB_HOST: '10.0.0.5', DB_DATABASE: 'speed' } },
      },
    ),
    { services: {}, findings: ['DATABASE_UNCLAIMED'] },
  ],
  [
    'one URL, half of it computed',
    on(
      app(
        'vaultwarden',
        'vaultwarden/server:1.32',
        {},
        envTemplate(
          'DATABASE_URL=postgresql://vault:{{ .p }}@{{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}/vaultdb\n',
        ),
      ),
      ['vaultdb'],
      {},
      'vault',
    ),
    { services: { vaultwarden: ['vaultdb'] }, confidence: 'certain' },
  ],
  [
    'a URL with encoded signs and a query',
    on(
      app('umami', 'ghcr.io/umami-software/umami:3', {
        DATABASE_URL: 'postgresql://um%40mi:p%2Fw@10.0.0.5:5432/we%2Fb?schema=x',
      }),
      ['we/b'],
      {},
      'um@mi',
    ),
    { services: { umami: ['we/b'] }, confidence: 'certain' },
  ],
  [
    'a URL without a database means the one named as the user',
    on(app('outline', 'outlinewiki/outline:1', { DATABASE_URL: 'postgres://outline:pw@10.0.0.5' }), ['outline']),
    { services: { outline: ['outline'] }, confidence: 'certain' },
  ],
  [
    'key and value, as Miniflux likes it',
    on(
      app('miniflux', 'miniflux/miniflux:2', {
        DATABASE_URL: 'host=10.0.0.5 port=5432 user=mini password=x dbname=miniflux2 sslmode=disable',
      }),
      ['miniflux2'],
      {},
      'mini',
    ),
    { services: { miniflux: ['miniflux2'] }, confidence: 'certain' },
  ],
  [
    'a key that Keycloak does not have: its default counts',
    on(
      app('keycloak', 'quay.io/keycloak/keycloak:26', {
        KC_DB: 'postgres',
        KC_DB_URL_HOST: '10.0.0.5',
        KC_DB_DATABASE: 'sso',
        KC_DB_USERNAME: 'keycloak',
      }),
      ['keycloak', 'sso'],
    ),
    { services: { keycloak: ['keycloak'] }, findings: ['KEY_IGNORED', 'DATABASE_UNCLAIMED'] },
  ],
  [
    'JDBC wins over parts',
    on(
      app('keycloak', 'quay.io/keycloak/keycloak:26', {
        KC_DB: 'postgres',
        KC_DB_URL: 'jdbc:postgresql://10.0.0.5:5432/sso',
        KC_DB_URL_DATABASE: 'other',
        KC_DB_USERNAME: 'sso',
      }),
      ['sso', 'other'],
    ),
    { services: { keycloak: ['sso'] }, findings: ['DATABASE_UNCLAIMED'] },
  ],
  [
    'two databases of one app',
    on(
      app('radarr', 'lscr.io/linuxserver/radarr:5', {
        RADARR__POSTGRES__HOST: CONSUL,
        RADARR__POSTGRES__MAINDB: 'radarr-main',
        RADARR__POSTGRES__LOGDB: 'radarr-log',
        RADARR__POSTGRES__USER: 'radarr',
      }),
      ['radarr-main', 'radarr-log'],
      {},
      'radarr',
    ),
    { services: { radarr: ['radarr-main', 'radarr-log'] }, confidence: 'certain' },
  ],
  [
    'several tasks of one app',
    on(
      jobOf('authentik', [
        taskOf('server', 'ghcr.io/goauthentik/server:2026.2', {
          Env: {
            AUTHENTIK_POSTGRESQL__HOST: '10.0.0.5',
            AUTHENTIK_POSTGRESQL__NAME: 'ak',
            AUTHENTIK_POSTGRESQL__USER: 'ak',
          },
        }),
        taskOf('worker', 'ghcr.io/goauthentik/server:2026.2', {
          Env: {
            AUTHENTIK_POSTGRESQL__HOST: '10.0.0.5',
            AUTHENTIK_POSTGRESQL__NAME: 'ak',
            AUTHENTIK_POSTGRESQL__USER: 'ak',
          },
        }),
      ]),
      ['ak'],
    ),
    { services: { authentik: ['ak'] }, confidence: 'certain' },
  ],
  [
    'two apps of one job with a database each',
    on(
      jobOf('media', [
        taskOf('sonarr', 'lscr.io/linuxserver/sonarr:4', {
          Env: { SONARR__POSTGRES__HOST: '10.0.0.5', SONARR__POSTGRES__MAINDB: 'tv', SONARR__POSTGRES__USER: 'tv' },
        }),
        taskOf('prowlarr', 'lscr.io/linuxserver/prowlarr:1', {
          Env: {
            PROWLARR__POSTGRES__HOST: '10.0.0.5',
            PROWLARR__POSTGRES__MAINDB: 'idx',
            PROWLARR__POSTGRES__USER: 'idx',
          },
        }),
      ]),
      ['tv', 'idx'],
    ),
    { services: { 'media-sonarr': ['tv'], 'media-prowlarr': ['idx'] } },
  ],
  [
    'host and port in one key',
    on(
      app('gitea', 'gitea/gitea:1.26', {
        GITEA__database__DB_TYPE: 'postgres',
        GITEA__database__HOST: '10.0.0.5:5432',
        GITEA__database__NAME: 'git',
        GITEA__database__USER: 'git',
      }),
      ['git'],
    ),
    { services: { gitea: ['git'] }, confidence: 'certain' },
  ],
  [
    'a URL that wins over parts',
    on(
      app('grafana', 'grafana/grafana-oss:13', {
        GF_DATABASE_TYPE: 'postgres',
        GF_DATABASE_HOST: '10.0.0.5:5432',
        GF_DATABASE_NAME: 'old',
        GF_DATABASE_URL: 'postgres://g:p@10.0.0.5:5432/dash',
      }),
      ['dash', 'old'],
      {},
      'g',
    ),
    { services: { grafana: ['dash'] }, findings: ['DATABASE_UNCLAIMED'] },
  ],
  [
    'an app by its default name',
    on(app('paperless', 'ghcr.io/paperless-ngx/paperless-ngx:2', { PAPERLESS_DBHOST: '10.0.0.5' }), ['paperless']),
    { services: { paperless: ['paperless'] }, confidence: 'certain' },
  ],
  [
    "Mealie, whose keys are the server image's own",
    on(
      app('mealie', 'ghcr.io/mealie-recipes/mealie:3', {
        DB_ENGINE: 'postgres',
        POSTGRES_SERVER: '10.0.0.5',
        POSTGRES_DB: 'recipes',
        POSTGRES_USER: 'cook',
      }),
      ['recipes'],
      {},
      'cook',
    ),
    { services: { mealie: ['recipes'] }, confidence: 'certain' },
  ],
  [
    'FreshRSS by its own file, whatever its environment says',
    on(app('freshrss', 'freshrss/freshrss:1', { DB_HOST: '10.0.0.5', DB_BASE: 'wrong' }), ['rss', 'wrong'], {
      own: { 'freshrss/freshrss': { host: '10.0.0.5', port: 5432, databases: ['rss'], role: 'rss', ownFile: true } },
      live: { 'freshrss/freshrss': { DB_HOST: '10.0.0.5', DB_BASE: 'wrong' } },
    }),
    { services: { freshrss: ['rss'] }, confidence: 'certain', findings: ['SETTINGS_IN_FILE', 'DATABASE_UNCLAIMED'] },
  ],
  [
    'Nextcloud by its own file',
    on(
      app('nextcloud', 'nextcloud:31', { POSTGRES_HOST: 'gone', POSTGRES_DB: 'nextcloud' }),
      ['nc_data'],
      {
        own: {
          'nextcloud/nextcloud': {
            host: '10.0.0.5',
            port: 5432,
            databases: ['nc_data'],
            role: 'oc_admin',
            ownFile: true,
          },
        },
      },
      'oc_admin',
    ),
    { services: { nextcloud: ['nc_data'] }, confidence: 'certain', findings: ['SETTINGS_IN_FILE'] },
  ],
  [
    'a rendered file of a known app',
    on(
      app(
        'authelia',
        'authelia/authelia:4',
        {},
        fileTemplate(
          'storage:\n  postgres:\n    address: tcp://{{ env "X" }}\n    database: auth\n    username: auth\n',
        ),
      ),
      ['auth'],
      {
        own: { 'authelia/authelia': { host: '10.0.0.5', port: 5432, databases: ['auth'], role: 'auth' } },
      },
    ),
    { services: { authelia: ['auth'] }, confidence: 'certain' },
  ],
  [
    'a rendered file of an unknown app',
    on(
      app(
        'blog',
        'registry.home/blog:7',
        {},
        fileTemplate(
          'server:\n  port: 80\ndatabase:\n  host: 10.0.0.5\n  port: 5432\n  name: blogposts\n  user: blog\n',
        ),
      ),
      ['blogposts'],
      {},
      'blog',
    ),
    { services: { blog: ['blogposts'] }, confidence: 'certain' },
  ],
  [
    'a URL inside a rendered file',
    on(
      app(
        'hass',
        'registry.home/ha:1',
        {},
        fileTemplate('recorder:\n  db_url: postgresql://ha:{{ .p }}@10.0.0.5/home_assistant\n'),
      ),
      ['home_assistant'],
      {},
      'ha',
    ),
    { services: { hass: ['home_assistant'] }, confidence: 'certain' },
  ],
  [
    'keys with words of its own in front',
    on(
      app('tool', 'registry.home/tool:1', { TOOL_DB_HOST: '10.0.0.5', TOOL_DB_NAME: 'tooldata', TOOL_DB_USER: 'tool' }),
      ['tooldata'],
      {},
      'tool',
    ),
    { services: { tool: ['tooldata'] }, confidence: 'certain' },
  ],
  [
    'DB_HOST beside POSTGRES_DB',
    on(
      app('odd', 'registry.home/odd:1', { DB_HOST: '10.0.0.5', POSTGRES_DB: 'oddities', POSTGRES_USER: 'odd' }),
      ['oddities'],
      {},
      'odd',
    ),
    { services: { odd: ['oddities'] }, confidence: 'certain' },
  ],
  [
    'Django names and an engine in words',
    on(
      app('shop', 'registry.home/shop:1', {
        DATABASE_ENGINE: 'django.db.backends.postgresql',
        DATABASE_HOST: CONSUL,
        DATABASE_NAME: 'shopdb',
        DATABASE_USER: 'shop',
      }),
      ['shopdb'],
      {},
      'shop',
    ),
    { services: { shop: ['shopdb'] }, confidence: 'certain' },
  ],
  [
    "SQLAlchemy's own scheme under a key of its own",
    on(
      app('flask', 'registry.home/flask:1', {
        SQLALCHEMY_DATABASE_URI: 'postgresql+psycopg2://flask:pw@10.0.0.5:5432/flaskdb',
      }),
      ['flaskdb'],
      {},
      'flask',
    ),
    { services: { flask: ['flaskdb'] }, confidence: 'certain' },
  ],
  [
    'a connection string under a name that says nothing',
    on(app('svc', 'registry.home/svc:1', { STORAGE: 'postgres://svc:pw@10.0.0.5:5432/things' }), ['things'], {}, 'svc'),
    { services: { svc: ['things'] }, confidence: 'certain' },
  ],
  [
    "libpq's own keys, no database named: the one named as the role",
    on(app('cron', 'registry.home/cron:1', { PGHOST: '10.0.0.5', PGUSER: 'cron' }), ['cron']),
    { services: { cron: ['cron'] }, confidence: 'certain' },
  ],
  [
    'two URLs of one app',
    on(
      app('hasura', 'hasura/graphql-engine:2', {
        HASURA_GRAPHQL_DATABASE_URL: 'postgres://h:p@10.0.0.5/data',
        HASURA_GRAPHQL_METADATA_DATABASE_URL: 'postgres://h:p@10.0.0.5/meta',
      }),
      ['data', 'meta'],
      {},
      'h',
    ),
    { services: { hasura: ['data', 'meta'] } },
  ],
  [
    'names in files',
    on(
      app('files', 'registry.home/files:1', {
        DB_HOST_FILE: '/secrets/host',
        DB_NAME_FILE: '/secrets/name',
        DB_USER_FILE: '/secrets/user',
      }),
      ['filed'],
      {
        live: { 'files/files': { DB_HOST_FILE: '10.0.0.5', DB_NAME_FILE: 'filed', DB_USER_FILE: 'filed' } },
      },
    ),
    { services: { files: ['filed'] }, confidence: 'certain' },
  ],
  [
    'a database that the server does not have',
    on(app('wiki', 'registry.home/wiki:1', { DB_HOST: '10.0.0.5', DB_NAME: 'Wiki', DB_USER: 'wiki' }), ['wiki']),
    { services: { wiki: [] }, confidence: 'unclear', findings: ['DATABASE_NOT_FOUND', 'DATABASE_UNCLAIMED'] },
  ],
  [
    'settings that disagree with whoever is connected',
    on(
      app('wiki', 'registry.home/wiki:1', { DB_HOST: '10.0.0.5', DB_NAME: 'wiki', DB_USER: 'w' }),
      ['other', 'wiki'],
      {},
      'w',
    ),
    { services: { wiki: ['wiki'] }, confidence: 'unclear', findings: ['SESSIONS_ELSEWHERE', 'DATABASE_UNCLAIMED'] },
  ],
  [
    'a role that the server does not know',
    on(app('wiki', 'registry.home/wiki:1', { DB_HOST: '10.0.0.5', DB_NAME: 'wiki', DB_USER: 'nobody' }), ['wiki']),
    { services: { wiki: ['wiki'] }, confidence: 'unclear', findings: ['ROLE_NOT_FOUND'] },
  ],
  [
    'a server that nobody here runs',
    on(
      app('wiki', 'registry.home/wiki:1', {
        DB_HOST: 'db.example.org',
        DB_NAME: 'wiki',
        DB_USER: 'wiki',
        DB_TYPE: 'postgres',
      }),
      ['sold'],
    ),
    { services: {}, findings: ['CLIENT_WITHOUT_SERVER', 'DATABASE_UNCLAIMED'] },
  ],
  [
    "a name that only the operator's DNS knows, told by who is connected",
    on(app('wiki', 'registry.home/wiki:1', { DB_HOST: 'pg.lan', DB_NAME: 'wiki', DB_USER: 'wiki' }), ['wiki']),
    { services: { wiki: ['wiki'] }, confidence: 'certain' },
  ],
  [
    "another database's tools claim nothing",
    on(
      [
        jobOf('script', [
          taskOf('dump', '', {
            Driver: 'exec',
            Env: { PGHOST: '10.0.0.5', PGUSER: 'lonely' },
            ...fileTemplate('#!/bin/sh\npg_dump -Fc lonely\n'),
          }),
        ]),
        app('exporter', 'quay.io/prometheuscommunity/postgres-exporter:v0.18', {
          DATA_SOURCE_NAME: 'postgresql://exporter:x@10.0.0.5:5432/lonely',
        }),
        app('dump', 'prodrigestivill/postgres-backup-local:16', {
          POSTGRES_HOST: '10.0.0.5',
          POSTGRES_DB: 'lonely',
          POSTGRES_USER: 'postgres',
        }),
        jobOf('nightly', [
          taskOf('dump', 'postgres:16', {
            Config: { image: 'postgres:16', command: 'sh', args: ['-c', 'pg_dump -Fc lonely'] },
            Env: { PGHOST: '10.0.0.5', PGDATABASE: 'lonely' },
          }),
        ]),
      ],
      ['lonely'],
      {},
      'exporter',
    ),
    { services: {}, findings: ['DATABASE_UNCLAIMED'] },
  ],
  [
    'what has such words but is no database',
    on(
      [
        app('cache', 'redis:8', { REDIS_HOST: '10.0.0.5', REDIS_DB: '0' }),
        app('mail', 'registry.home/mail:1', {
          SMTP_HOST: '10.0.0.5',
          MAIL_PORT: '5432',
          MAIL_USERNAME: 'm',
          APP_NAME: 'x',
        }),
        app('metrics', 'influxdb:3', { INFLUXDB_HOST: '10.0.0.5', INFLUXDB_DB: 'm' }),
        app('lite', 'registry.home/lite:1', { DATABASE_URL: 'sqlite:////data/db.sqlite3' }),
        app('web', 'registry.home/web:1', { DATABASE_URL: 'https://10.0.0.5:5432/x', POSTGRES_PASSWORD: 'x' }),
      ],
      [],
    ),
    { services: {} },
  ],
];

describe('apps, as people write them', () => {
  it.each(CASES)('%s', (_, story, expected) => {
    const found = discovered(story);
    const services = Object.fromEntries(found.services.map(({ name, databases }) => [name, databases]));
    expect(services).toEqual(expected.services);
    if (expected.confidence) expect(found.services.map(({ confidence }) => confidence)).toEqual([expected.confidence]);
    const codes = [...new Set(found.findings.map(({ code }) => code))].filter((code) => !code.startsWith('BACKUP_'));
    expect(codes.toSorted()).toEqual([...(expected.findings ?? [])].toSorted());
  });
});
