import type { ServerStatusRow } from '../../../src/engines/postgres/server-status.js';
import { DbctlError } from '../../../src/errors/dbctl-error.js';
import { type Journal, newJournal, type Phase } from '../../../src/pipeline/journal.js';
import { journalPath } from '../../../src/pipeline/journal-store.js';
import type { SqlTarget } from '../../../src/ports/sql.js';
import type { UseCaseDeps } from '../../../src/usecases/deps.js';
import type { DoctorDeps } from '../../../src/usecases/doctor/deps.js';
import { textsFor } from '../../../src/usecases/run-texts.js';
import { type BackupWorld, backupWorld } from '../backup-world.js';

export const database = (
  name: string,
  more: Partial<Extract<ServerStatusRow, { kind: 'database' }>> = {},
): ServerStatusRow => ({
  ...{ kind: 'database', name, owner: name, bytes: 18_500_000, open: true, sessions: 3 },
  ...{ sessionsSeen: 40, since: '2026-10-29T00:00:00Z' },
  ...more,
});

export const server = (more: Partial<Extract<ServerStatusRow, { kind: 'server' }>> = {}): ServerStatusRow => ({
  ...{ kind: 'server', version: 160_004, started: '2026-11-20T12:00:00Z', sessions: 4, maxConnections: 100 },
  ...more,
});

export interface StatusWorld extends BackupWorld {
  readonly deps: UseCaseDeps;
  /** Rows by job; a job without rows does not answer. */
  readonly servers: Map<string, ServerStatusRow[]>;
  readonly asked: SqlTarget[];
  setJournal(phase: Phase, more?: Partial<Journal>): void;
}

/** What doctor gets, of a world where Nomad takes the token. */
export const examining = <T extends UseCaseDeps>(deps: T): T & DoctorDeps => ({
  ...deps,
  servers: [],
  address: 'http://fake.invalid:4646',
  access: async () => undefined,
});

const RUN = '20261101-120000-aaaa';

/** As `backupWorld`: speedtest has moved, gitea is on the shared instance, where a database of nobody lies too. */
export function statusWorld(options: Parameters<typeof backupWorld>[0] = {}): StatusWorld {
  const world = backupWorld(options);
  const { nomad } = world;
  const shared = { ID: 'postgresql', TaskGroups: [{ Name: 'g', Tasks: [{ Name: 'postgres', Driver: 'exec' }] }] };
  nomad.jobs.jobs.set('postgresql', { versions: [{ ...shared, Version: 0 }], sources: new Map() });
  nomad.allocs.place(shared);
  const jobOf = (allocId: string): string => nomad.allocs.all.get(allocId)?.JobID ?? '';
  const status: StatusWorld = {
    ...world,
    servers: new Map([
      ['speedtest', [server(), database('speedtest')]],
      ['postgresql', [server({ sessions: 9 }), database('gitea'), database('uptimekuma', { sessions: 0 })]],
    ]),
    asked: [],
    setJournal: (phase, more = {}) => setJournal(world, phase, more),
    deps: {
      ...world.deps,
      sql: {
        run: async (target) => {
          status.asked.push(target);
          const rows = status.servers.get(jobOf(target.allocId));
          if (rows) return rows;
          throw new DbctlError('DATABASE_UNAVAILABLE', 'PostgreSQL does not answer', { where: 'a task' });
        },
      },
    },
  };
  status.setJournal('migrated');
  return status;
}

function setJournal({ nomad }: BackupWorld, phase: Phase, more: Partial<Journal>): void {
  const target = {
    ...{ job: 'speedtest', toolbox: 'db-backup', port: 5433, role: 'speedtest', databases: [{ name: 'speedtest' }] },
    volume: { label: 'v', kind: 'dynamic', source: 'speedtest_postgres_data' },
    backupVolume: { label: 'b', kind: 'dynamic', source: 'db-backups' },
  };
  const plan = { service: 'speedtest', target, placement: { address: '127.0.0.1:5433' } };
  const kept = { run: RUN, home: '/home', plan, artifacts: { path: '/home/a.hcl' } };
  const facts = {
    'settled.at': '2026-11-27T18:00:00.000Z',
    tombstones: [{ database: 'speedtest', tombstone: 'speedtest__old_x', oid: 5, systemIdentifier: '7' }],
  };
  const journal = { ...newJournal('speedtest', RUN, new Date('2026-11-27T17:50:00Z')), phase, facts, ...more };
  nomad.variables.entries.set(journalPath('speedtest'), {
    items: { journal: JSON.stringify(journal), texts: textsFor(kept) },
    modifyIndex: 1,
    held: undefined,
  });
}
