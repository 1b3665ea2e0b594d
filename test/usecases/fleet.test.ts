import { beforeEach, describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { parseInventory } from '../../src/inventory/parse.js';
import { newJournal, type Phase } from '../../src/pipeline/journal.js';
import { journalPath } from '../../src/pipeline/journal-store.js';
import type { FleetVerb } from '../../src/report/fleet-report.js';
import type { MigrateReport } from '../../src/report/migrate-report.js';
import { Secret } from '../../src/shared/secret.js';
import type { UseCaseDeps } from '../../src/usecases/deps.js';
import { fleet } from '../../src/usecases/fleet.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { fakeNomad } from '../fakes/fake-nomad.js';
import { fakeVault } from '../fakes/fake-vault.js';
import { migrated, undone } from '../ui/fixtures.js';

const INVENTORY = `version: 1
defaults: { driver: exec }
services:
  gitea: { priority: low, app: db-parts, jobspec: a.hcl }
  speedtest: { priority: high, app: db-parts, jobspec: b.hcl }
  grafana: { priority: medium, app: db-parts, jobspec: c.hcl }
`;

const abort = new AbortController();
const clock = fakeClock({ auto: true });
const nomad = fakeNomad(clock);
const deps: UseCaseDeps = {
  inventory: parseInventory(INVENTORY, 'dbctl.yaml'),
  home: '/home',
  nomad: nomad.port,
  consul: null,
  vault: fakeVault(),
  sql: { run: () => Promise.reject(new DbctlError('DATABASE_UNAVAILABLE', 'no server in this test')) },
  files: fakeFiles(),
  clock,
  newSecret: () => new Secret('x'),
  randomBytes: (length) => Buffer.alloc(length),
  signal: abort.signal,
  reporter: { emit: () => undefined, settled: () => Promise.resolve() },
  hcl: () => Promise.reject(new DbctlError('JOBSPEC_UNSUPPORTED', 'no grammar in this test')),
  store: { stateDir: '/state', process: { pid: 1, isAlive: () => false } },
};

let taken: string[] = [];
let asked: string[] = [];
beforeEach(() => {
  taken = [];
  asked = [];
  nomad.variables.entries.clear();
});

const journalled = (service: string, phase: Phase): void => {
  const journal = { ...newJournal(service, 'run-1', new Date(0)), phase };
  nomad.variables.entries.set(journalPath(service), {
    items: { journal: JSON.stringify(journal) },
    modifyIndex: 1,
    held: undefined,
  });
};

const take = (verb: FleetVerb, one: (service: string) => MigrateReport, keepGoing = false) =>
  fleet(deps, {
    verb,
    keepGoing,
    confirm: async (question) => void asked.push(question),
    one: async (service) => {
      taken.push(service);
      return one(service);
    },
  });

const allMigrated = (): void => {
  for (const service of ['speedtest', 'grafana', 'gitea']) journalled(service, 'migrated');
};

describe('one verb over every service', () => {
  it('goes by priority, backwards on the way back, and asks once', async () => {
    allMigrated();
    const report = await take('finalize', (service) => migrated({ service }));
    expect(taken).toEqual(['speedtest', 'grafana', 'gitea']);
    expect(report.rows.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(asked).toHaveLength(1);
    taken = [];
    await take('rollback', (service) => migrated({ service }));
    expect(taken).toEqual(['gitea', 'grafana', 'speedtest']);
  });

  it('stops at the first failure, and says which were not begun', async () => {
    allMigrated();
    const report = await take('finalize', (service) =>
      service === 'grafana' ? { ...undone(), service } : migrated({ service }),
    );
    expect(taken).toEqual(['speedtest', 'grafana']);
    expect(report.rows.map(({ service, status }) => `${service} ${status}`)).toEqual([
      'speedtest ok',
      'grafana undone',
      'gitea waiting',
    ]);
    expect(report.status).toBe('failed');
  });

  it('goes on when told to, and keeps what was thrown before a run began', async () => {
    allMigrated();
    const refuse = (service: string): MigrateReport => {
      if (service === 'speedtest') throw new DbctlError('RUN_LOCKED', 'somebody else has it');
      return migrated({ service });
    };
    const report = await take('finalize', refuse, true);
    expect(taken).toEqual(['speedtest', 'grafana', 'gitea']);
    expect(report.rows[0]).toMatchObject({ status: 'failed', error: { code: 'RUN_LOCKED', exitCode: 6 } });
    expect(report.status).toBe('failed');
  });

  it('leaves services alone that were never moved, and asks nothing when none is due', async () => {
    journalled('speedtest', 'rolled-back');
    journalled('grafana', 'provisioned');
    const report = await take('finalize', (service) => migrated({ service }));
    expect(taken).toEqual([]);
    expect(asked).toEqual([]);
    expect(report).toMatchObject({ status: 'ok', rows: [] });
  });

  it('moves none of them when one plan is blocked', async () => {
    await expect(take('migrate', (service) => migrated({ service }))).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      details: expect.arrayContaining([expect.stringContaining('gitea: ')]),
    });
    expect(taken).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('passes a bug on instead of making a row of it', async () => {
    allMigrated();
    const broken = (): MigrateReport => {
      throw new TypeError('broken');
    };
    await expect(take('finalize', broken, true)).rejects.toThrow(TypeError);
  });
});
