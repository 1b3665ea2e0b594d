import { describe, expect, it } from 'vitest';
import { journalPath } from '../../../src/pipeline/journal-store.js';
import { serviceStatus, status } from '../../../src/usecases/status/status.js';
import { requireDocument } from '../../support/json-documents.js';
import { attempt, catalog, set } from '../backup-world.js';
import { database, server, statusWorld } from './status-world.js';

const SHARED = 'dbctl-backup-postgresql';
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const drill = { at: '2026-11-25T04:00:00Z', status: 'ok', seconds: 12 };

describe('the status of all', () => {
  it('asks each server once and shows where, what and how old', async () => {
    const world = statusWorld();
    world.put('speedtest', catalog([set(28)], { drills: [drill] }));
    const report = await status(world.deps);
    expect(report.services[0]).toMatchObject({
      ...{ service: 'speedtest', state: 'ok', version: 160_004, bytes: 18_500_000, sessions: 3 },
      where: { on: 'dedicated', job: 'speedtest', address: '127.0.0.1:5433' },
      backup: { state: 'ok', age: 34_200, maxAge: 93_600 },
      drill: { age: 288_000, status: 'ok', seconds: 12 },
      reasons: [{ code: 'undo-open', level: 'note' }],
    });
    expect(world.asked).toHaveLength(2);
    requireDocument(plain(report));
  });

  it('says of a service that was not moved where it is, and the command that moves it', async () => {
    const world = statusWorld();
    world.put(SHARED, catalog([set(28)]), 'alloc/shared/gitea/dbctl/backups/catalog.json');
    const gitea = (await status(world.deps)).services[1];
    expect(gitea).toMatchObject({ state: 'warn', where: { on: 'shared', job: 'postgresql' }, bytes: 18_500_000 });
    expect(gitea?.reasons).toMatchObject([
      { code: 'not-migrated', next: 'dbctl migrate gitea' },
      { code: 'drill-never' },
    ]);
  });

  it('tells the databases of services, those kept for a way back, and those of nobody', async () => {
    const world = statusWorld();
    const old = database('speedtest__old_x', { open: false });
    world.servers.set('postgresql', [server({ sessions: 9 }), database('gitea'), old, database('uptimekuma')]);
    const { shared } = await status(world.deps);
    expect(shared).toMatchObject({ state: 'ok', version: 160_004, sessions: 9, maxConnections: 100 });
    expect(shared.used.map(({ name }) => name)).toEqual(['gitea']);
    expect(shared.keptAside.map(({ name }) => name)).toEqual(['speedtest__old_x']);
    expect(shared.orphans).toMatchObject([{ name: 'uptimekuma', sessionsSeen: 40 }]);
  });

  it.each([
    [catalog([set(20)]), ['backup-late', 'drill-never'], 'warn'],
    [catalog([], { attempts: [] }), ['backup-never', 'drill-never'], 'warn'],
    [catalog([set(28)], { attempts: [attempt({ status: 'failed' })], drills: [drill] }), ['backup-failed'], 'fail'],
    [catalog([set(28)], { drills: [{ ...drill, status: 'failed' }] }), ['drill-failed'], 'fail'],
  ])('has a reason for each thing that is not as it should be', async (found, codes, state) => {
    const world = statusWorld();
    world.put('speedtest', found);
    const [row] = (await status(world.deps)).services;
    expect(row?.reasons.filter(({ level }) => level !== 'note').map(({ code }) => code)).toEqual(codes);
    expect(row?.state).toBe(state);
  });

  it('comes although a server, a catalog and a journal cannot be read', async () => {
    const world = statusWorld();
    world.servers.clear();
    const report = await status(world.deps);
    expect(report.services[0]?.reasons[0]).toMatchObject({ code: 'database-unreachable', level: 'fail' });
    expect(report.services[0]?.reasons.map(({ code }) => code)).toContain('backup-unseen');
    expect(report.shared).toMatchObject({ state: 'unreadable', why: expect.stringContaining('does not answer') });
    world.nomad.variables.entries.set(journalPath('speedtest'), {
      ...{ items: { journal: '{"schema":"dbctl.journal/9"}' }, modifyIndex: 2, held: undefined },
    });
    const [row] = (await status(world.deps)).services;
    expect(row).toMatchObject({ where: { on: 'unknown' }, state: 'fail', bytes: null });
    requireDocument(plain(report));
  });

  it('touches nothing of a service whose run is unfinished, and names what goes on with it', async () => {
    const world = statusWorld();
    world.setJournal('rolling-back');
    const [row] = (await status(world.deps)).services;
    expect(row).toMatchObject({ where: { on: 'between' }, state: 'fail', version: null, backup: null });
    expect(row?.reasons).toMatchObject([{ code: 'run-unfinished', next: 'dbctl rollback speedtest --resume' }]);
    expect(world.asked).toHaveLength(1);
  });

  it('misses a database that is not on its server any more', async () => {
    const world = statusWorld();
    world.servers.set('speedtest', [server()]);
    const [row] = (await status(world.deps)).services;
    expect(row?.reasons[0]).toMatchObject({ code: 'database-missing', level: 'fail' });
  });

  it('knows a shared instance that was stopped for good', async () => {
    const world = statusWorld();
    world.nomad.jobs.jobs.clear();
    expect((await status(world.deps)).shared).toMatchObject({ state: 'gone', orphans: [] });
  });
});

describe('the status of one', () => {
  it('has server, volumes, journal, way back, backups and drills on one page', async () => {
    const world = statusWorld();
    world.put('speedtest', catalog([set(27), set(28)], { drills: [drill] }));
    const page = await serviceStatus(world.deps, 'speedtest');
    expect(page).toMatchObject({
      server: { job: 'speedtest', version: 160_004, sessions: 4, maxConnections: 100 },
      volumes: [
        { holds: 'data', name: 'speedtest_postgres_data' },
        { holds: 'backups', name: 'db-backups' },
      ],
      databases: [{ name: 'speedtest', sessions: 3 }],
      journal: { phase: 'migrated', settledAt: '2026-11-27T18:00:00.000Z', restore: null },
      undo: { command: 'dbctl rollback speedtest', kept: ['speedtest__old_x'], proof: null },
      drills: [drill],
    });
    expect(page.undo?.finalizeFrom).toBe('2026-11-28T18:00:00.000Z');
    expect(page.backups[0]?.sets).toHaveLength(2);
    requireDocument(plain(page));
  });

  it('has no way back once it is finalized, and none of the server while a run is unfinished', async () => {
    const world = statusWorld();
    world.setJournal('finalized');
    expect((await serviceStatus(world.deps, 'speedtest')).undo).toBeNull();
    world.setJournal('migrating');
    const page = await serviceStatus(world.deps, 'speedtest');
    expect(page).toMatchObject({ server: null, databases: [], journal: { phase: 'migrating' } });
  });

  it('of a service that is not in the inventory is refused', async () => {
    await expect(serviceStatus(statusWorld().deps, 'speedtets')).rejects.toMatchObject({ code: 'SERVICE_UNKNOWN' });
  });
});
