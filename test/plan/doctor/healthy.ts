import { parseInventory } from '../../../src/inventory/parse.js';
import type { SeenSources } from '../../../src/plan/doctor/check.js';
import type {
  ClusterLook,
  DoctorSources,
  Given,
  JournalLook,
  SecretLook,
  ServerFiles,
  ServerLook,
  ServerSql,
  Source,
} from '../../../src/plan/doctor/facts.js';
import type { Allocation, NomadJob, NomadTask } from '../../../src/ports/nomad.js';
import type { BackupsRow } from '../../../src/report/backups-report.js';

const INVENTORY = `version: 1
shared: { jobspec: postgresql.hcl }
defaults: { driver: exec, backup: { volume: db-backups }, finalize: { offsite: waived } }
services:
  speedtest: { priority: high, jobspec: speedtest.hcl, port: 5433, drill: { schedule: "0 5 * * 0", rto: 30m } }
  gitea: { priority: low, jobspec: gitea.hcl }
`;

export const NOW = new Date('2026-11-28T12:00:00Z');
export const given = (): Given => ({ inventory: parseInventory(INVENTORY, 'dbctl.yaml'), now: NOW });

const SECRET = '{{ with secret "secret/data/postgres/x" }}{{ .Data.data.password }}{{ end }}';

const task = (Name: string, more: Partial<NomadTask> = {}): NomadTask => ({ Name, Driver: 'exec', ...more });
const oneShot = { Lifecycle: { Hook: 'prestart', Sidecar: false } };
const data = (source: string): Pick<NomadJob['TaskGroups'][number], 'Volumes'> => ({
  Volumes: {
    data: { Name: 'data', Type: 'host', Source: source, AccessMode: 'single-node-single-writer' } as never,
  },
});
const mounted = { VolumeMounts: [{ Volume: 'data', Destination: '/var/lib/postgresql/data', ReadOnly: false }] };
const vaulted = {
  Vault: { Role: '' },
  Templates: [{ EmbeddedTmpl: `DB_PASSWORD=${SECRET}`, DestPath: 'secrets/db.env', Envvars: true }],
};

export const jobs = (): NomadJob[] => [
  {
    ID: 'postgresql',
    TaskGroups: [
      {
        Name: 'g',
        Tasks: [task('postgres', { ...mounted, ...vaulted, KillTimeout: 30e9 }), task('init-databases', oneShot)],
        ...data('postgresql_data'),
      },
    ],
  },
  {
    ID: 'speedtest',
    TaskGroups: [
      {
        Name: 'g',
        Tasks: [
          task('app', vaulted),
          task('postgres', { ...mounted, Lifecycle: { Hook: 'prestart', Sidecar: true }, KillTimeout: 60e9 }),
          task('db-backup', { Lifecycle: { Hook: 'prestart', Sidecar: true } }),
          task('db-init', oneShot),
          task('db-gate', oneShot),
        ],
        ...data('speedtest_postgres_data'),
      },
    ],
  },
  { ID: 'gitea', TaskGroups: [{ Name: 'g', Tasks: [task('app', vaulted)] }] },
];

const state = (State: 'running' | 'dead' | 'pending', more: object = {}) => ({
  ...{ State, Failed: false, Restarts: 0, Events: [], StartedAt: '2026-11-28T10:00:00Z', FinishedAt: null },
  ...more,
});

const allocation = (job: NomadJob): Allocation => ({
  ...{ ID: `${job.ID}-0001`, JobID: job.ID, TaskGroup: 'g', NodeID: 'node-1', NodeName: 'one' },
  ...{ DesiredStatus: 'run', ClientStatus: 'running', CreateIndex: 1, ModifyIndex: 1 },
  TaskStates: Object.fromEntries(
    (job.TaskGroups[0]?.Tasks ?? []).map(({ Name, Lifecycle }) => [
      Name,
      state(Lifecycle == null || Lifecycle.Sidecar ? 'running' : 'dead'),
    ]),
  ),
});

const cluster = (): ClusterLook => ({
  nodes: [
    {
      ...{
        id: 'node-1',
        name: 'one',
        eligible: true,
        nomadVersion: '1.11.1',
        drivers: ['exec'],
        volumePlugins: ['mkdir'],
      },
      ...{ hostVolumes: [], free: { cpu: 4000, memory: 8000 }, maxKillTimeoutSeconds: null },
      ...{ status: 'ready', eligibility: 'eligible', vault: '1.21.2', sickDrivers: [] },
    },
  ],
  jobs: jobs(),
  allocations: jobs().map(allocation),
  ports: [
    { port: 5433, node: 'one', owner: 'job speedtest (port db)' },
    { port: 5432, node: 'one', owner: 'job postgresql (port db)' },
  ],
  volumes: [
    { ID: 'volume-1', Name: 'speedtest_postgres_data', NodeID: 'node-1', State: 'ready', PluginID: 'mkdir' },
    { ID: 'volume-2', Name: 'postgresql_data', NodeID: 'node-1', State: 'ready', PluginID: 'mkdir' },
  ],
  maxKillTimeout: 90,
});

const sql = (own: boolean): ServerSql => ({
  version: 150_018,
  systemIdentifier: own ? '7312' : '7000',
  databases: [
    database('postgres', 5),
    ...(own
      ? [database('speedtest', 16_400)]
      : [database('gitea', 16_401), { ...database('speedtest__old_x', 16_384), open: false, connLimit: 0 }]),
  ],
  roles: ['speedtest', 'gitea'].map((name) => ({
    ...{ name, superuser: false, login: true, verifier: 'scram' as const, validUntil: null },
  })),
  connections: { max: 100, reserved: 3, used: 12 },
  settings: {
    listen_addresses: '10.88.0.1,127.0.0.1',
    port: '5432',
    fsync: 'on',
    full_page_writes: 'on',
    autovacuum: 'on',
  },
  ...{ pendingRestart: [], trust: [], hbaErrors: [], prepared: [], slots: [], idle: [] },
  sessions: own
    ? [{ role: 'speedtest', database: 'speedtest', count: 3 }]
    : [{ role: 'gitea', database: 'gitea', count: 2 }],
  markers: own ? [{ service: 'speedtest', database: 'speedtest', state: 'verified' }] : [],
});

const database = (name: string, oid: number): ServerSql['databases'][number] => ({
  ...{ name, oid, owner: name, open: true, connLimit: -1, bytes: 8_000_000, frozenAge: 700 },
  ...{ collation: { recorded: '2.36', actual: '2.36' }, checksumFailures: 0 },
});

const files = (): ServerFiles => ({
  clock: { task: 1_796_000_000, here: 1_796_000_001 },
  ...{ uid: 70, data: '/var/lib/postgresql/data/pgdata', owner: 70, mode: '700' },
  mount: { point: '/var/lib/postgresql/data', type: 'ext4', options: 'rw' },
  ...{ freeKb: 60_000_000, usedPercent: 40, pgVersion: '15', libc: 'musl', madeUnder: 'musl' },
  ...{ serverMajor: 15, dumpMajor: 15 },
});

const server = (service: string | null): ServerLook => ({
  ...{ service, job: service ?? 'postgresql', task: 'postgres', allocId: `${service ?? 'postgresql'}-0001` },
  sql: { value: sql(service !== null) },
  files: { value: files() },
});

const journal = (service: string, own: boolean): JournalLook => ({
  ...{ service, problem: null, resume: null, locked: false, own },
  run: own ? '20261127-101500-abcd' : null,
  phase: own ? 'migrated' : null,
  startedAt: own ? '2026-11-27T10:15:00Z' : null,
  settledAt: own ? '2026-11-27T10:16:00Z' : null,
  systemIdentifier: own ? '7312' : null,
  tombstones: own
    ? [{ database: 'speedtest', oid: 16_384, systemIdentifier: '7000', tombstone: 'speedtest__old_x' }]
    : [],
  dataVolume: own ? 'volume-1' : null,
});

const secret = (service: string): SecretLook => ({
  ...{ service, path: `secret/data/postgres/${service}`, key: 'password', problem: null, state: 'there', version: 1 },
  ...{ keys: ['password'], flaw: null, fits: true, role: service },
});

const row = (service: string, on: 'dedicated' | 'shared'): BackupsRow => ({
  ...{ service, on, job: on === 'shared' ? 'dbctl-backup-postgresql' : service, state: 'ok', why: null },
  newest: { id: '000012-20261128T023000Z', started: '2026-11-28T02:30:00Z', age: 34_200, bytes: 3_100_000 },
  ...{ maxAge: 93_600, sets: 3, offsite: 0, targets: [], pinned: 0, sizes: [1], lastAttempt: null, drill: null },
  ...{ next: '2026-11-29T02:30:00Z', problem: null },
});

const environment = (group: string, host: string, port: number, name: string) => ({
  ...{ group, task: 'app', preset: 'db-parts', host, port, databases: [name], role: name, unreadable: null },
});

export const values = (): DoctorSources => ({
  nomad: { address: 'http://127.0.0.1:4646', problem: null },
  vault: { problem: null, sealed: false, version: '1.21.2' },
  token: {
    ...{ problem: null, ttlMs: 8 * 3_600_000, renewable: true, inMemory: false },
    may: {
      'secret/data/postgres/admin': ['deny'],
      'secret/data/postgres/speedtest': ['create', 'read'],
      'secret/data/postgres/gitea': ['create', 'read'],
    },
  },
  policy: {
    name: 'nomad-workloads',
    text: 'path "secret/data/postgres/{{identity.entity.aliases.auth_jwt_1.metadata.nomad_job_id}}" {\n  capabilities = ["read"]\n}\n',
  },
  consul: { jobs: [], problem: null },
  cluster: cluster(),
  journals: [journal('speedtest', true), journal('gitea', false)],
  jobspecs: ['speedtest', 'gitea'].map((service) => ({
    ...{ service, job: service, path: `${service}.hcl`, problem: null, differences: [] },
  })),
  registered: { shared: { host: '10.88.0.1', port: 5432 }, failing: [] },
  shared: server(null),
  dedicated: [server('speedtest')],
  apps: [
    {
      service: 'speedtest',
      environments: [environment('g', '127.0.0.1', 5433, 'speedtest')],
      passwords: [{ task: 'app', current: true }],
    },
    {
      service: 'gitea',
      environments: [environment('g', '10.88.0.1', 5432, 'gitea')],
      passwords: [{ task: 'app', current: true }],
    },
  ],
  secrets: [secret('speedtest'), secret('gitea')],
  logs: [
    { job: 'speedtest', task: 'db-init', allocId: 'speedtest-0001', text: 'dbctl: role and database are ready\n' },
  ],
  backups: {
    rows: [row('speedtest', 'dedicated'), row('postgresql/gitea', 'shared')],
    drills: [
      {
        service: 'speedtest',
        schedule: '0 5 * * 0',
        last: { at: '2026-11-22T05:00:00Z', status: 'ok', seconds: 40 },
        notDue: 'drilled 2026-11-22T05:00:00Z',
        rtoSeconds: 1800,
      },
    ],
  },
});

/** Every source was read. */
export const seenAll = (all: DoctorSources): SeenSources =>
  Object.fromEntries((Object.keys(all) as Source[]).map((source) => [source, { value: all[source] }])) as never;
