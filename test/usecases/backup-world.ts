import { DbctlError } from '../../src/errors/dbctl-error.js';
import { parseInventory } from '../../src/inventory/parse.js';
import { newJournal } from '../../src/pipeline/journal.js';
import { journalPath } from '../../src/pipeline/journal-store.js';
import type { RunEvent } from '../../src/ports/reporter.js';
import type { BackupAttempt, BackupCatalog, OffsiteReceipt } from '../../src/report/backup-catalog.js';
import { Secret } from '../../src/shared/secret.js';
import type { UseCaseDeps } from '../../src/usecases/deps.js';
import { textsFor } from '../../src/usecases/run-texts.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { fakeNomad } from '../fakes/fake-nomad.js';
import { actAsToolbox, type StartedStep } from '../fakes/fake-toolbox.js';
import { fakeVault } from '../fakes/fake-vault.js';

const INVENTORY = `version: 1
defaults: { driver: exec }
services:
  speedtest: { priority: high, app: db-parts, jobspec: a.hcl }
  gitea: { priority: low, app: db-parts, jobspec: b.hcl, database: gitea }
`;

type CatalogSet = BackupCatalog['sets'][number];

const SHA = 'ab'.repeat(32);

/** A set as backup.sh makes it, one every day at 02:30. */
export const set = (counter: number, more: Partial<CatalogSet> = {}): CatalogSet => {
  const day = String(counter).padStart(2, '0');
  return {
    schema: 'dbctl.backup/1',
    id: `${String(counter).padStart(6, '0')}-202611${day}T023000Z`,
    counter,
    service: 'speedtest',
    kind: 'scheduled',
    started: `2026-11-${day}T02:30:00Z`,
    finished: `2026-11-${day}T02:30:04Z`,
    server: { systemIdentifier: '7312', version: 150018, pgDump: 'pg_dump (PostgreSQL) 15.18' },
    databases: [
      {
        database: 'speedtest',
        oid: 16400,
        folder: 'speedtest',
        sizeBytes: 18_500_000,
        bytes: 3_100_000,
        tables: 4,
        rows: 52_110,
        manifestSha256: SHA,
        evidenceSha256: SHA,
      },
    ],
    files: [{ path: 'speedtest/dump/database.dump', bytes: 3_100_000, sha256: SHA }],
    bytes: 3_100_000 + counter * 1000,
    pinned: false,
    receipts: [],
    ...more,
  };
};

export const receipt = (id: string, more: Partial<OffsiteReceipt> = {}): OffsiteReceipt => ({
  schema: 'dbctl.receipt/1',
  target: 'b2',
  id,
  at: '2026-11-27T02:31:00Z',
  prefix: `speedtest/2026/11/27/${id}`,
  encrypted: true,
  verified: true,
  files: 5,
  bytes: 3_200_000,
  ...more,
});

export const attempt = (more: Partial<BackupAttempt> = {}): BackupAttempt => ({
  at: '2026-11-27T02:30:00Z',
  seconds: 4.2,
  kind: 'scheduled',
  status: 'ok',
  id: null,
  error: null,
  ...more,
});

export const catalog = (sets: readonly CatalogSet[], more: Partial<BackupCatalog> = {}): BackupCatalog => ({
  schema: 'dbctl.catalog/1',
  service: 'speedtest',
  written: '2026-11-27T02:30:05Z',
  schedule: '30 2 * * *',
  zone: 'UTC',
  problem: null,
  sets,
  attempts: [attempt()],
  ...more,
});

export interface BackupWorld {
  readonly deps: UseCaseDeps;
  readonly nomad: ReturnType<typeof fakeNomad>;
  readonly events: RunEvent[];
  readonly scripts: { readonly script: string; readonly args: readonly string[] }[];
  readonly steps: StartedStep[];
  /** Result files of every step. */
  readonly results: Map<string, string>;
  /** What a short script prints. */
  onScript: (script: string, args: readonly string[]) => string;
  /** What a started step does; its exit code. */
  onStep: (step: StartedStep) => number;
  put(job: string, catalog: BackupCatalog, path?: string): void;
  read(job: string, path?: string): BackupCatalog;
  allocOf(job: string): string;
}

const CATALOG = 'alloc/dbctl/backups/catalog.json';

/** Speedtest has a database of its own, gitea is still on the shared instance. The time is 2026-11-28, 12:00 UTC. */
export function backupWorld(more: { signal?: AbortSignal; sharedJob?: boolean } = {}): BackupWorld {
  const clock = fakeClock({ auto: true });
  const nomad = fakeNomad(clock);
  const events: RunEvent[] = [];
  const place = (ID: string): void => {
    nomad.allocs.place({ ID, TaskGroups: [{ Name: 'g', Tasks: [{ Name: 'db-backup', Driver: 'exec' }] }] });
  };
  place('speedtest');
  if (more.sharedJob !== false) place('dbctl-backup-postgresql');
  own(nomad, 'speedtest');
  const allocOf = (job: string): string =>
    [...nomad.allocs.all.values()].find((alloc) => alloc.JobID === job && alloc.ClientStatus === 'running')?.ID ?? '';
  const world: BackupWorld = {
    ...{ nomad, events, allocOf, scripts: [], steps: [], results: new Map() },
    onStep: () => 0,
    onScript: (script, args) => (script.includes('sha256sum') ? args.map(() => `${SHA}  -\n`).join('') : ''),
    put: (job, value, path = CATALOG) => void nomad.allocs.files.set(`${allocOf(job)}:${path}`, JSON.stringify(value)),
    read: (job, path = CATALOG) => JSON.parse(nomad.allocs.files.get(`${allocOf(job)}:${path}`) ?? ''),
    deps: {
      inventory: parseInventory(INVENTORY, 'dbctl.yaml'),
      home: '/home',
      nomad: nomad.port,
      consul: null,
      vault: fakeVault(),
      sql: { run: () => Promise.reject(new DbctlError('DATABASE_UNAVAILABLE', 'no server in this test')) },
      files: fakeFiles(),
      clock: { ...clock, now: () => new Date('2026-11-28T12:00:00Z') },
      newSecret: () => new Secret('x'),
      randomBytes: (length) => Buffer.alloc(length),
      signal: more.signal ?? new AbortController().signal,
      reporter: { emit: (event) => void events.push(event), settled: () => Promise.resolve() },
      hcl: () => Promise.reject(new DbctlError('JOBSPEC_UNSUPPORTED', 'no grammar in this test')),
      store: { stateDir: '/state', process: { pid: 1, isAlive: () => false } },
    },
  };
  actAsToolbox(nomad.allocs, {
    results: world.results,
    onStep: (step) => {
      world.steps.push(step);
      return world.onStep(step);
    },
    onScript: (script, args) => {
      world.scripts.push({ script, args });
      return world.onScript(script, args);
    },
  });
  return world;
}

function own(nomad: ReturnType<typeof fakeNomad>, service: string): void {
  const run = '20261101-120000-aaaa';
  const target = { job: service, toolbox: 'db-backup', port: 5433, role: service, databases: [{ name: service }] };
  const kept = { run, home: '/home', plan: { service, target }, artifacts: { path: '/home/a.hcl' } };
  nomad.variables.entries.set(journalPath(service), {
    items: {
      journal: JSON.stringify({ ...newJournal(service, run, new Date(0)), phase: 'migrated' }),
      texts: textsFor(kept),
    },
    modifyIndex: 1,
    held: undefined,
  });
}
