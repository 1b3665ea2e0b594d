import { describe, expect, it } from 'vitest';
import type { NomadJob } from '../../../src/ports/nomad.js';
import { answer, app, discovered, jobOf, type Story, taskOf } from './world.js';

type Said = {
  readonly engine: string;
  readonly major?: number | null;
  readonly databases: readonly string[];
  readonly user?: string | null;
};

/** A server whose task runs and is told `env`, and that cannot be asked itself. */
const server = (image: string, env: Record<string, string>, more: object = {}): Story => ({
  jobs: [jobOf('label', [taskOf('db', image, { Env: env, ...more })])],
  live: { 'label/db': env },
});

const CASES: readonly (readonly [title: string, story: Story, expected: Said])[] = [
  [
    'a name of its own, not the label',
    server('postgres:16-alpine', { POSTGRES_DB: '0cron' }),
    { engine: 'postgresql', major: 16, databases: ['0cron'], user: 'postgres' },
  ],
  [
    'no name: the one of the user',
    server('postgres:15', { POSTGRES_USER: 'flin' }),
    { engine: 'postgresql', major: 15, databases: ['flin'], user: 'flin' },
  ],
  [
    'an empty name is none',
    server('postgres:15', { POSTGRES_USER: 'flin', POSTGRES_DB: '' }),
    { engine: 'postgresql', databases: ['flin'], user: 'flin' },
  ],
  [
    'POSTGRES_NAME is not read',
    server('postgres:17', { POSTGRES_USER: 'app', POSTGRES_NAME: 'mydata' }),
    { engine: 'postgresql', databases: ['app'] },
  ],
  [
    "nothing at all: the engine's own, which nobody has to claim",
    server('postgres:17', {}),
    { engine: 'postgresql', databases: [], user: 'postgres' },
  ],
  [
    'a name in a file',
    server('postgres:17', { POSTGRES_DB_FILE: 'fromfile', POSTGRES_USER_FILE: 'owner' }),
    { engine: 'postgresql', databases: ['fromfile'], user: 'owner' },
  ],
  [
    'TimescaleDB',
    server('timescale/timescaledb-ha:2.14.2-pg16', { POSTGRES_DB: 'series' }),
    { engine: 'postgresql', major: 16, databases: ['series'] },
  ],
  [
    'pgvector',
    server('pgvector/pgvector:pg17', { POSTGRES_DB: 'vectors' }),
    { engine: 'postgresql', major: 17, databases: ['vectors'] },
  ],
  [
    "Immich's own build",
    server('ghcr.io/immich-app/postgres:14-vectorchord0.4.3-pgvectors0.2.0@sha256:00', { POSTGRES_DB: 'immich' }),
    { engine: 'postgresql', major: 14, databases: ['immich'] },
  ],
  [
    'PostGIS from a registry with a port',
    server('registry.home:5000/postgis/postgis:16-3.4', { POSTGRES_DB: 'geo' }),
    { engine: 'postgresql', major: 16, databases: ['geo'] },
  ],
  [
    'Bitnami: its own keys, and another default',
    server('bitnami/postgresql:16', { POSTGRESQL_USERNAME: 'app', POSTGRES_NAME: 'x' }),
    { engine: 'postgresql', databases: [], user: 'app' },
  ],
  [
    'Bitnami with a name',
    server('docker.io/bitnamilegacy/postgresql:16', { POSTGRESQL_DATABASE: 'bit' }),
    { engine: 'postgresql', databases: ['bit'] },
  ],
  [
    "MariaDB: its own key before MySQL's",
    server('mariadb:11', { MARIADB_DATABASE: 'right', MYSQL_DATABASE: 'wrong' }),
    { engine: 'mariadb', major: 11, databases: ['right'], user: 'root' },
  ],
  [
    "MariaDB by MySQL's key",
    server('lscr.io/linuxserver/mariadb:11.4', { MYSQL_DATABASE: 'old', MYSQL_USER: 'u' }),
    { engine: 'mariadb', databases: ['old'], user: 'u' },
  ],
  ['MySQL makes none by itself', server('mysql:8.4', {}), { engine: 'mysql', major: 8, databases: [], user: 'root' }],
  [
    "MySQL does not read MariaDB's keys",
    server('mysql:8.4', { MARIADB_DATABASE: 'x' }),
    { engine: 'mysql', databases: [] },
  ],
  [
    'MongoDB',
    server('mongo:7', { MONGO_INITDB_DATABASE: 'docs', MONGO_INITDB_ROOT_USERNAME: 'root' }),
    { engine: 'mongodb', major: 7, databases: ['docs'], user: 'root' },
  ],
  [
    'a script that starts the server: nothing is known of its names',
    server('', {}, { Driver: 'exec', Templates: [{ EmbeddedTmpl: 'exec postgres \\\n  -c port=5432' }] }),
    { engine: 'postgresql', databases: [] },
  ],
];

describe('servers', () => {
  it.each(CASES)('%s', (_, story, expected) => {
    const [found, second] = discovered(story).servers;
    expect(second).toBeUndefined();
    expect(found?.engine).toBe(expected.engine);
    expect(found?.databases.map(({ name }) => name)).toEqual(expected.databases);
    if (expected.major !== undefined) expect(found?.major).toBe(expected.major);
    if (expected.user !== undefined) expect(found?.user?.name ?? null).toBe(expected.user);
    expect(found?.managed).toBe(expected.engine === 'postgresql');
  });

  it.each([
    ['a dump job', taskOf('x', 'postgres:16', { Config: { image: 'postgres:16', args: ['sh', '-c', 'pg_dump x'] } })],
    [
      'a script of a dump job',
      taskOf('x', 'postgres:16', {
        Config: { image: 'postgres:16', command: 'local/run.sh' },
        Templates: [{ EmbeddedTmpl: '#!/bin/sh\npg_dumpall >x' }],
      }),
    ],
    ['a one-shot', taskOf('x', 'postgres:16', { Lifecycle: { Hook: 'prestart', Sidecar: false } })],
    ['an exporter', taskOf('x', 'quay.io/prometheuscommunity/postgres-exporter:v0.18')],
    ['a console', taskOf('x', 'mongo-express:1')],
    [
      'an app that only speaks of it',
      taskOf('x', 'registry.home/app:1', { Env: { P: '/usr/lib/postgresql', S: '/run/mysqld/mysqld.sock' } }),
    ],
  ])('%s is none', (_, task) => {
    expect(discovered({ jobs: [jobOf('x', [task])] }).servers).toEqual([]);
  });

  it('are asked by what they are told once they are there: pg_database wins over POSTGRES_DB, which is read at the first start only', () => {
    const jobs: NomadJob[] = [jobOf('label', [taskOf('db', 'postgres:16', { Env: { POSTGRES_DB: 'renamed' } })])];
    const found = discovered({
      jobs,
      live: { 'label/db': { POSTGRES_DB: 'renamed' } },
      answers: { 'label/db': answer(['first']) },
    });
    expect(found.servers[0]?.databases.map(({ name }) => name)).toEqual(['first']);
    expect(found.findings.map(({ code }) => code)).toContain('NAME_NOT_MADE');
  });

  it('name the keys that their image does not read, and never claim what those say', () => {
    const story = server('postgres:16', { POSTGRES_USER: 'u', POSTGRES_NAME: 'n', POSTGRES_PORT: '5433' });
    const found = discovered(story);
    const ignored = found.findings.filter(({ code }) => code === 'KEY_IGNORED').map(({ text }) => text);
    expect(ignored).toHaveLength(2);
    expect(ignored.join('\n')).toMatch(/POSTGRES_NAME.*POSTGRES_DB[\s\S]*POSTGRES_PORT.*PGPORT/);
  });

  it('of an engine that dbctl does not manage are named, with the databases that apps name', () => {
    const found = discovered({
      jobs: [
        jobOf('maria', [taskOf('db', 'mariadb:11')], {
          Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'db', Value: 3306 }] }],
          Services: [{ Name: 'maria', Provider: 'nomad', PortLabel: 'db' }],
        }),
        app('blog', 'wordpress:6', {
          WORDPRESS_DB_HOST: '10.0.0.5:3306',
          WORDPRESS_DB_NAME: 'wp',
          WORDPRESS_DB_USER: 'wp',
        }),
        app('matomo', 'matomo:5', { DB_DSN: 'mato:secret@tcp(10.0.0.5:3306)/stats?parseTime=true' }),
      ],
      live: { 'maria/db': {} },
      answers: {
        'maria/db': {
          ...{ systemIdentifier: null, version: null, roles: [], sessions: [] },
          databases: answer(['wp', 'stats']).databases.filter(({ name }) => name !== 'postgres'),
        },
      },
    });
    expect(found.services.map(({ name, databases, managed }) => [name, databases, managed])).toEqual([
      ['blog', ['wp'], false],
      ['matomo', ['stats'], false],
    ]);
    expect(found.findings.map(({ code }) => code)).toEqual(['ENGINE_NOT_MANAGED']);
  });
});
