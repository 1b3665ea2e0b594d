import type { DatabasePart } from '../../src/plan/types.js';

const base: DatabasePart = {
  service: 'speedtest',
  job: 'speedtest',
  group: 'speedtest',
  placement: 'same-group',
  provider: 'nomad',
  driver: 'exec',
  major: 15,
  network: 'host',
  port: 5433,
  task: 'postgres',
  toolbox: 'db-backup',
  initTask: 'db-init',
  gateTask: 'db-gate',
  serviceName: 'speedtest-postgres',
  volume: { label: 'postgres_data', kind: 'dynamic', source: 'speedtest_postgres_data' },
  backupVolume: { label: 'db_backups', kind: 'dynamic', source: 'db-backups' },
  databases: [{ name: 'speedtest', encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.UTF-8' }],
  role: 'speedtest',
  vault: { path: 'secret/data/postgres/speedtest', key: 'password' },
  resources: {
    postgres: { cpu: 200, memory: 256 },
    toolbox: { cpu: 100, memory: 128 },
    init: { cpu: 50, memory: 32 },
  },
  killTimeoutSeconds: 60,
  purpose: 'service',
  backup: {
    programs: '0123456789ab',
    schedule: '30 2 * * *',
    zone: 'UTC',
    keep: { last: 3, daily: 7, weekly: 4, monthly: 6 },
    lockWaitSeconds: 60,
    offsite: [],
    recipients: [],
    tools: 'ba9876543210',
    notify: [],
  },
};

/** Copies elsewhere and messages. */
export const offsiteBackup: NonNullable<DatabasePart['backup']> = {
  programs: '0123456789ab',
  schedule: '30 2 * * *',
  zone: 'Europe/Berlin',
  keep: { last: 3, daily: 7, weekly: 4, monthly: 6 },
  lockWaitSeconds: 60,
  offsite: [
    { name: 's3', options: { type: 's3', provider: 'Minio' }, remotePath: 'bucket/db', prune: false },
    { name: 'nas', options: { type: 'sftp', host: 'nas', user: 'me' }, remotePath: '/srv/db', prune: true },
  ],
  recipients: [`age1${'q'.repeat(58)}`],
  tools: 'ba9876543210',
  notify: [{ kind: 'ntfy', on: ['failure', 'drill'] }],
};

/** Databases of these names, made alike. */
export const databases = (...names: string[]): DatabasePart['databases'] =>
  names.map((name) => ({ name, encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.UTF-8' }));

/** A whole database part with some fields of its own. */
export const samplePart = (overrides: Partial<DatabasePart> = {}): DatabasePart => ({ ...base, ...overrides });

export const dockerPart = (overrides: Partial<DatabasePart> = {}): DatabasePart =>
  samplePart({ driver: 'docker', image: 'postgres:16-alpine', major: 16, ...overrides });

/** The same in a job of its own. */
export const ownPart = (overrides: Partial<DatabasePart> = {}): DatabasePart =>
  samplePart({ job: 'speedtest-postgres', group: 'postgres', placement: 'own-job', ...overrides });

export const rehearsal = (overrides: Partial<DatabasePart> = {}): DatabasePart =>
  samplePart({ purpose: 'rehearsal', ...overrides });
