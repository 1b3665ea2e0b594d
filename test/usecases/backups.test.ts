import { describe, expect, it } from 'vitest';
import { backupSets, backups } from '../../src/usecases/backups.js';
import { pinBackup } from '../../src/usecases/pin-backup.js';
import { prunePlan } from '../../src/usecases/prune-plan.js';
import { requireDocument } from '../support/json-documents.js';
import { attempt, backupWorld, catalog, receipt, set } from './backup-world.js';

const SHARED = 'dbctl-backup-postgresql';
const shared = (folder: string): string => `alloc/shared/${folder}/dbctl/backups/catalog.json`;
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the table of all backups', () => {
  it('has a row per service of its own and per database of the shared instance, from files alone', async () => {
    const world = backupWorld();
    const copied = set(27, { started: '2026-11-28T02:30:00Z', receipts: [receipt(set(27).id)], pinned: true });
    world.put('speedtest', catalog([set(26), copied]));
    world.put(SHARED, catalog([set(28)]), shared('gitea'));
    const report = await backups(world.deps);
    expect(report.rows).toMatchObject([
      {
        ...{ service: 'speedtest', state: 'ok', sets: 2, offsite: 1, pinned: 1, maxAge: 93_600 },
        newest: { id: copied.id, age: 34_200 },
        targets: [{ target: 'b2', id: copied.id }],
        next: '2026-11-29T02:30:00.000Z',
        sizes: [set(26).bytes, copied.bytes],
      },
      { service: 'postgresql/gitea', on: 'shared', state: 'ok' },
    ]);
    expect(report).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(world.nomad.allocs.execs).toEqual([]);
    requireDocument(plain(report));
  });

  it.each([
    ['late', catalog([set(26)]), null],
    ['failed', catalog([set(28)], { attempts: [attempt({ status: 'failed', error: 'no space' })] }), 'no space'],
    ['failed', catalog([set(28)], { attempts: [attempt({ status: 'offsite-failed', error: 'cut' })] }), 'cut'],
    ['never', catalog([], { attempts: [], problem: 'the programs are missing' }), 'the programs are missing'],
  ])('says what is %s, with its reason', async (state, found, why) => {
    const world = backupWorld({ sharedJob: false });
    world.put('speedtest', found);
    const report = await backups(world.deps);
    expect(report.rows[0]).toMatchObject({ state, why });
    expect(report).toMatchObject({ status: 'attention', exitCode: 2 });
  });

  it('keeps a row for what cannot be read, and shows the others', async () => {
    const world = backupWorld();
    world.nomad.allocs.files.set(`${world.allocOf('speedtest')}:alloc/dbctl/backups/catalog.json`, '{"schema":');
    world.put(SHARED, catalog([set(28)]), shared('gitea'));
    const { rows } = await backups(world.deps);
    expect(rows).toMatchObject([
      { service: 'speedtest', state: 'unseen' },
      { service: 'postgresql/gitea', state: 'ok' },
    ]);
    expect(rows[0]?.why).toContain('cannot be read');
  });

  it('misses the job of the shared instance while a service still lives there', async () => {
    const world = backupWorld({ sharedJob: false });
    world.put('speedtest', catalog([set(28)]));
    const { rows } = await backups(world.deps);
    expect(rows[1]).toMatchObject({ service: 'postgresql', state: 'unseen' });
    expect(rows[1]?.why).toContain('dbctl backup deploy-shared');
  });

  it('is not irritated by a clock that was ahead', async () => {
    const world = backupWorld();
    world.put('speedtest', catalog([set(30)]));
    expect((await backups(world.deps)).rows[0]).toMatchObject({ state: 'ok', newest: { age: 0 } });
  });
});

describe('the backups of one service', () => {
  it('are listed newest first, with the attempts that failed', async () => {
    const world = backupWorld();
    const error = 'pg_dump: connection lost';
    const attempts = [attempt({ status: 'failed', error }), attempt({ at: '2026-11-28T02:30:00Z' })];
    world.put('speedtest', catalog([set(27), set(28)], { attempts }));
    const report = await backupSets(world.deps, 'speedtest');
    expect(report.catalogs[0]?.sets.map(({ id }) => id)).toEqual([set(28).id, set(27).id]);
    expect(report.catalogs[0]?.failures).toMatchObject([{ error }]);
    requireDocument(plain(report));
  });

  it('on the shared instance are those of its own databases', async () => {
    const world = backupWorld();
    for (const folder of ['gitea', 'grafana']) world.put(SHARED, catalog([set(28)]), shared(folder));
    const report = await backupSets(world.deps, 'gitea');
    expect(report.catalogs.map(({ row }) => row.service)).toEqual(['postgresql/gitea']);
  });

  it('that never were are an error with the way to the first', async () => {
    const world = backupWorld();
    world.put(SHARED, catalog([set(28)]), shared('grafana'));
    const next = 'dbctl backup gitea';
    await expect(backupSets(world.deps, 'gitea')).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND', next });
    await expect(backupSets(world.deps, 'gitae')).rejects.toMatchObject({ code: 'SERVICE_UNKNOWN' });
  });
});

describe('a pin', () => {
  it('is put beside the sets, and the catalog is written anew with the settings of the job', async () => {
    const world = backupWorld();
    world.put('speedtest', catalog([set(27), set(28)]));
    const report = await pinBackup(world.deps, { service: 'speedtest', id: set(27).id, pin: true });
    expect(report).toMatchObject({ verb: 'pin', status: 'done', ids: [set(27).id] });
    expect(world.scripts[0]?.args).toEqual(['/backups/speedtest', set(27).id, 'pin']);
    expect(world.steps[0]).toMatchObject({ dir: expect.stringMatching(/^dbctl\/catalog-.*\/catalog$/) });
    expect(world.steps[0]?.env).toContain("SERVICE_DIR='/backups/speedtest'");
    requireDocument(plain(report));
  });

  it('of a database on the shared instance is put into its own folder', async () => {
    const world = backupWorld();
    const databases = set(28).databases.map((one) => ({ ...one, database: 'gitea' }));
    world.put(SHARED, catalog([set(28, { pinned: true, databases })]), shared('gitea'));
    await pinBackup(world.deps, { service: 'gitea', id: set(28).id, pin: false });
    expect(world.scripts[0]?.args).toEqual(['/backups/postgresql/gitea', set(28).id, 'pin']);
    expect(world.steps[0]?.env).toContain(
      "PROGRAM='refresh-catalog.sh'\nWANTED_DATABASES='1'\nWANTED_DATABASE_1='gitea'\n",
    );
  });

  it('that is there already changes nothing; one for no backup is refused', async () => {
    const world = backupWorld();
    world.put('speedtest', catalog([set(28, { pinned: true })]));
    const input = { service: 'speedtest', id: set(28).id, pin: true };
    expect(await pinBackup(world.deps, input)).toMatchObject({ status: 'nothing-to-do' });
    await expect(pinBackup(world.deps, { ...input, id: '../../etc' })).rejects.toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
    expect(world.nomad.allocs.execs).toEqual([]);
  });

  it('fails when the catalog cannot be written', async () => {
    const world = backupWorld();
    world.put('speedtest', catalog([set(28)]));
    world.onStep = () => 1;
    const input = { service: 'speedtest', id: set(28).id, pin: true };
    await expect(pinBackup(world.deps, input)).rejects.toMatchObject({ code: 'TOOLBOX_FAILED' });
  });
});

describe('what retention would remove', () => {
  it('is asked of the program that does it', async () => {
    const world = backupWorld();
    world.put('speedtest', catalog([set(27), set(28)]));
    const text = `keep ${set(28).id} last\nremove ${set(27).id}\n`;
    world.results.set('retain.txt', text);
    const report = await prunePlan(world.deps, 'speedtest');
    expect(report).toMatchObject({ verb: 'prune', status: 'would', ids: [set(27).id] });
    requireDocument(plain(report));
  });
});
