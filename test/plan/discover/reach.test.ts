import { describe, expect, it } from 'vitest';
import type { NomadJob, NomadTaskGroup } from '../../../src/ports/nomad.js';
import { answer, app, discovered, jobOf, type Story, sharedServer, taskOf } from './world.js';

const parts = (host: string, port: number | null = 5432): Record<string, string> => ({
  DB_HOST: host,
  ...(port === null ? {} : { DB_PORT: String(port) }),
  DB_NAME: 'wiki',
  DB_USER: 'wiki',
});

const beside = (
  host: string,
  port: number | null,
  group: Partial<NomadTaskGroup> = {},
  env: Record<string, string> = {},
): NomadJob =>
  jobOf(
    'wiki',
    [taskOf('db', 'postgres:17', { Env: env }), taskOf('app', 'registry.home/wiki:1', { Env: parts(host, port) })],
    group,
  );

const WIKI = answer(['wiki'], [['wiki', 'wiki', 1]]);
const both = (job: NomadJob): Story => ({
  jobs: [sharedServer(), job],
  live: { 'wiki/db': {} },
  answers: { 'postgresql/postgres': WIKI, 'wiki/db': WIKI },
});

const upstream = (job: NomadJob): NomadJob => ({
  ...job,
  TaskGroups: job.TaskGroups.map((group) => ({
    ...group,
    Services: [
      {
        Name: 'wiki',
        Connect: { SidecarService: { Proxy: { Upstreams: [{ DestinationName: 'postgresql', LocalBindPort: 5999 }] } } },
      },
    ],
  })),
});

const onHost = (job: NomadJob): NomadJob => ({
  ...job,
  TaskGroups: job.TaskGroups.map((group) => ({
    ...group,
    Networks: [{ Mode: 'host' }],
    Tasks: group.Tasks.map((task) => ({ ...task, Config: { ...task.Config, network_mode: 'host' } })),
  })),
});

const hostServer: NomadJob = onHost(sharedServer());
const ported: NomadJob = {
  ...hostServer,
  TaskGroups: hostServer.TaskGroups.map((group) => ({
    ...group,
    Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'db', Value: 5432 }] }],
  })),
};

const pooler = (): NomadJob[] => [
  jobOf(
    'pool',
    [taskOf('pgbouncer', 'edoburu/pgbouncer:1.24', { Env: { DB_HOST: '10.0.0.5', DB_PORT: '5432', DB_USER: 'pool' } })],
    {
      Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'pool', Value: 6432 }] }],
      Services: [{ Name: 'pgbouncer', Provider: 'nomad', PortLabel: 'pool' }],
    },
  ),
  app('wiki', 'registry.home/wiki:1', parts('10.0.0.5', 6432)),
];

const CASES: readonly (readonly [title: string, story: Story, server: string | null])[] = [
  [
    'where the service is registered',
    both(app('wiki', 'registry.home/wiki:1', parts('10.0.0.5'))),
    'postgresql/postgres',
  ],
  [
    "Consul's name",
    both(app('wiki', 'registry.home/wiki:1', parts('postgresql.service.consul'))),
    'postgresql/postgres',
  ],
  [
    "Consul's name with a tag and a datacenter",
    both(app('wiki', 'registry.home/wiki:1', parts('primary.postgresql.service.dc1.consul'))),
    'postgresql/postgres',
  ],
  [
    'a name that only begins like it',
    { ...both(app('wiki', 'registry.home/wiki:1', { ...parts('postgresql-old.service.consul'), DB_USER: 'none' })) },
    null,
  ],
  ["the node's name", both(app('wiki', 'registry.home/wiki:1', parts('node-1.home'))), 'postgresql/postgres'],
  [
    'another port of the same address',
    both(app('wiki', 'registry.home/wiki:1', { ...parts('10.0.0.5', 5999), DB_USER: 'none' })),
    null,
  ],
  ['loopback: the server of its own group, not the shared one', both(beside('localhost', 5432)), 'wiki/db'],
  [
    'loopback with the port that PGPORT says',
    { ...both(beside('127.0.0.1', 5440, {}, { PGPORT: '5440' })), live: { 'wiki/db': { PGPORT: '5440' } } },
    'wiki/db',
  ],
  ['a socket of its own group', both(beside('/run/postgresql', null)), 'wiki/db'],
  [
    'a mesh sidecar',
    both(upstream(app('wiki', 'registry.home/wiki:1', parts('127.0.0.1', 5999)))),
    'postgresql/postgres',
  ],
  [
    'loopback of a node that both share',
    {
      ...both(onHost(app('wiki', 'registry.home/wiki:1', parts('localhost')))),
      jobs: [ported, onHost(app('wiki', 'registry.home/wiki:1', parts('localhost')))],
    },
    'postgresql/postgres',
  ],
  [
    'loopback of a namespace with nobody in it',
    both(app('wiki', 'registry.home/wiki:1', { ...parts('localhost'), DB_USER: 'none' })),
    null,
  ],
  ['through a pooler', { ...both(jobOf('x', [])), jobs: [sharedServer(), ...pooler()] }, 'postgresql/postgres'],
];

describe('the server an app reaches', () => {
  it.each(CASES)('%s', (_, story, server) => {
    const found = discovered(story).clients.find(({ job }) => job === 'wiki');
    expect(found?.server ? `${found.server.job}/${found.server.task}` : null).toBe(server);
  });

  it('with a server beside it and one shared, each gets its own', () => {
    const other = app('blog', 'registry.home/blog:1', { DB_HOST: '10.0.0.5', DB_NAME: 'blog', DB_USER: 'blog' });
    const found = discovered({
      jobs: [sharedServer(), beside('localhost', 5432), other],
      live: { 'wiki/db': {} },
      answers: { 'postgresql/postgres': answer(['blog', 'wiki']), 'wiki/db': WIKI },
    });
    expect(found.services.map(({ name, server, confidence }) => [name, server.job, confidence])).toEqual([
      ['wiki', 'wiki', 'certain'],
      ['blog', 'postgresql', 'likely'],
    ]);
    expect(found.findings.find(({ code }) => code === 'DATABASE_UNCLAIMED')?.text).toContain('database wiki');
  });
});
