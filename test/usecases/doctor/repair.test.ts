import { beforeEach, expect, it } from 'vitest';
import { newJournal } from '../../../src/pipeline/journal.js';
import { journalPath } from '../../../src/pipeline/journal-store.js';
import type { DoctorCheck, Repair } from '../../../src/report/doctor-report.js';
import type { DoctorDeps } from '../../../src/usecases/doctor/deps.js';
import { applyRepairs, repairsIn } from '../../../src/usecases/doctor/repair.js';
import { type BackupWorld, backupWorld } from '../backup-world.js';

const TOMBSTONE = { database: 'speedtest', oid: 16_384, systemIdentifier: '7000', tombstone: 'speedtest__old_x' };
const close: Repair = { kind: 'close-tombstone', database: TOMBSTONE.tombstone, oid: TOMBSTONE.oid };

let world: BackupWorld;
let deps: DoctorDeps;
let statements: string[];
beforeEach(() => {
  world = backupWorld();
  statements = [];
  world.nomad.allocs.place({
    ID: 'postgresql',
    TaskGroups: [{ Name: 'g', Tasks: [{ Name: 'postgres', Driver: 'exec' }] }],
  });
  const sql = { run: async (_: unknown, script: string) => void statements.push(script) };
  deps = { ...world.deps, sql: sql as never, servers: [], address: '', access: () => Promise.resolve() };
});

function journal(phase: 'migrated' | 'rolling-back'): void {
  const base = newJournal('speedtest', '20261101-120000-aaaa', new Date(0));
  const items = { journal: JSON.stringify({ ...base, phase, facts: { tombstones: [TOMBSTONE] } }) };
  world.nomad.variables.entries.set(journalPath('speedtest'), { items, modifyIndex: 1, held: undefined });
}

const apply = async (repair: Repair) => (await applyRepairs(deps, [{ check: 'some-check', repair }]))[0];

it('closes an old database by the oid and server that its run recorded', async () => {
  journal('migrated');
  expect(await apply(close)).toMatchObject({ check: 'some-check', status: 'done' });
  expect(statements).toHaveLength(1);
  expect(statements[0]).toContain('7000');
  expect(statements[0]).toContain('allow_connections false');
});

it('leaves it alone while a run goes on, and says so', async () => {
  journal('rolling-back');
  expect(await apply(close)).toMatchObject({ status: 'failed', text: expect.stringContaining('going on') });
  expect(statements).toEqual([]);
});

it('leaves alone what no run records', async () => {
  journal('migrated');
  expect(await apply({ ...close, oid: 1 })).toMatchObject({ status: 'failed' });
  expect(statements).toEqual([]);
});

it('tries the others when one fails', async () => {
  (world.deps.vault as { mood?: string }).mood = 'denied';
  const job = 'dbctl-drill-speedtest-20261101-120000-aaaa';
  world.nomad.allocs.place({ ID: job, TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', Driver: 'exec' }] }] });
  const all = await applyRepairs(deps, [
    { check: 'vault-ttl', repair: { kind: 'renew-vault-token' } },
    { check: 'leftover-job', repair: { kind: 'purge-job', job } },
  ]);
  expect(all.map(({ status }) => status)).toEqual(['failed', 'done']);
});

it('makes each repair once, however many checks ask for it', () => {
  const finding = { level: 'fail' as const, service: null, evidence: 'x', fix: 'y', repair: close };
  const check = (id: string): DoctorCheck => ({
    ...{ id, group: 'databases', title: 't', why: 'w', status: 'fail', text: '' },
    findings: [finding, finding],
  });
  expect(repairsIn([check('a'), check('b')])).toEqual([{ check: 'b', repair: close }]);
});
