import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { backup } from '../../src/usecases/backup.js';
import { backupAll } from '../../src/usecases/backup-all.js';
import { requireDocument } from '../support/json-documents.js';
import { attempt, type BackupWorld, backupWorld, catalog, receipt, set } from './backup-world.js';

const SHARED = 'dbctl-backup-postgresql';
const GITEA = 'alloc/shared/gitea/dbctl/backups/catalog.json';
const input = { service: 'speedtest', pin: false };

/** backup.sh as it ends well: a new set, and the oldest of three removed. */
const makes = (world: BackupWorld, exit = 0, error: string | null = null): void => {
  world.put('speedtest', catalog([set(25), set(26), set(27)]));
  world.onStep = () => {
    const made = set(28, { kind: 'manual', receipts: exit === 0 ? [receipt(set(28).id)] : [] });
    const status = exit === 0 ? 'ok' : 'offsite-failed';
    const last = attempt({ at: '2026-11-28T12:00:00Z', kind: 'manual', status, error });
    world.put('speedtest', catalog([set(26), set(27), made], { attempts: [attempt(), last] }));
    return exit;
  };
};

describe('a backup of one service', () => {
  it('puts the programs, runs backup.sh detached, and reports the set from the catalog', async () => {
    const world = backupWorld();
    makes(world);
    const report = await backup(world.deps, { ...input, pin: true });
    expect(report).toMatchObject({ status: 'ok', on: 'dedicated', job: 'speedtest', removed: [set(25).id] });
    expect(report.sets).toMatchObject([
      { id: set(28).id, manifestSha256: 'ab'.repeat(32), receipts: [{ target: 'b2' }] },
    ]);
    expect(world.scripts.some(({ args }) => args[1] === '/backups/speedtest/programs')).toBe(true);
    expect(world.steps[0]?.dir).toMatch(/^dbctl\/manual-20261128-120000-.{4}\/backup$/);
    expect(world.steps[0]?.env).toContain("PIN='1'\n");
    requireDocument(JSON.parse(JSON.stringify(report)));
  });

  it('passes every setting where the job has no backup.env, and says what that job lacks', async () => {
    const world = backupWorld();
    makes(world);
    const report = await backup(world.deps, input);
    const env = world.steps[0]?.env ?? '';
    for (const line of [
      "CONFIG='/dev/null'",
      "SERVICE_DIR='/backups/speedtest'",
      "DATABASES='1'",
      "FOLDER_1='speedtest'",
    ])
      expect(env).toContain(`${line}\n`);
    expect(report.notes.join()).toContain('rendered before there were schedules');
  });

  it("leaves the settings to the job's own backup.env, and names programs that differ from the pinned ones", async () => {
    const world = backupWorld();
    makes(world);
    const file = `${world.allocOf('speedtest')}:db-backup/local/backup.env`;
    world.nomad.allocs.files.set(file, "SERVICE='speedtest'\nPROGRAMS='0123456789ab'\n");
    const report = await backup(world.deps, input);
    expect(world.steps[0]?.env).not.toContain('CONFIG=');
    expect(report.notes.join()).toContain('runs programs 0123456789ab');
  });

  it('tells a failed copy beside the set that is there, exit 5', async () => {
    const world = backupWorld();
    makes(world, 28, 'b2: connection reset');
    const report = await backup(world.deps, input);
    expect(report.sets).toHaveLength(1);
    expect(report.error).toMatchObject({ code: 'OFFSITE_FAILED', exitCode: 5, details: ['b2: connection reset'] });
  });

  it('without what its copies and messages need ends with 5, and the set is there all the same', async () => {
    const world = backupWorld();
    makes(world);
    const file = `${world.allocOf('speedtest')}:db-backup/local/backup.env`;
    world.nomad.allocs.files.set(file, "TOOLS='/backups/.tools/0123456789ab'\nOFFSITE='0'\nNOTIFY='1'\n");
    const report = await backup(world.deps, input);
    expect(report.sets).toHaveLength(1);
    expect(report.error).toMatchObject({ code: 'TOOLS_UNAVAILABLE', exitCode: 5 });
    expect(report.notes.join()).toContain('the job was rendered with other tools than dbctl.yaml names');
    requireDocument(JSON.parse(JSON.stringify(report)));
  });

  it('says when the job copies elsewhere than dbctl.yaml says', async () => {
    const world = backupWorld();
    makes(world);
    const file = `${world.allocOf('speedtest')}:db-backup/local/backup.env`;
    world.nomad.allocs.files.set(file, "OFFSITE='1'\nOFFSITE_1_NAME='old'\nNOTIFY='0'\n");
    const report = await backup(world.deps, input);
    expect(report.notes.join()).toContain('copies to old, dbctl.yaml says no off-site target');
  });

  it.each([
    [27, 'BACKUP_RUNNING', 6],
    [25, 'CLIENT_TOO_OLD', 3],
    [23, 'TOOLBOX_FAILED', 5],
    [0, 'TOOLBOX_FAILED', 5],
  ])('ends with an error when there is no set: %i is %s', async (exit, code, exitCode) => {
    const world = backupWorld();
    world.put('speedtest', catalog([set(27)]));
    world.onStep = () => exit;
    await expect(backup(world.deps, input)).rejects.toMatchObject({ code, exitCode });
    expect(world.events.some((event) => event.kind === 'step-finished' && event.result.status === 'failed')).toBe(true);
  });

  it('takes a scheduled backup that ended meanwhile for what it is', async () => {
    const world = backupWorld();
    world.put('speedtest', catalog([set(27)]));
    world.onStep = () => {
      world.put('speedtest', catalog([set(27), set(28, { kind: 'manual' }), set(29)]));
      return 0;
    };
    expect((await backup(world.deps, input)).sets.map(({ id }) => id)).toEqual([set(28).id]);
  });

  it('stops waiting on Ctrl-C, and says that the backup goes on and how to look', async () => {
    const abort = new AbortController();
    const world = backupWorld({ signal: abort.signal });
    world.put('speedtest', catalog([]));
    world.onStep = () => {
      abort.abort(new DbctlError('INTERRUPTED', 'interrupted by the operator', { next: '--resume' }));
      return 0;
    };
    const readFile = world.nomad.port.readFile;
    world.nomad.port.readFile = async (id, path) => (path.endsWith('/status') ? undefined : await readFile(id, path));
    const error = await backup(world.deps, input).catch((thrown: unknown) => thrown as DbctlError);
    expect(error).toMatchObject({ code: 'INTERRUPTED', next: 'dbctl backups speedtest shows how it ends' });
  });

  it('of a service on the shared instance runs in that job, for its databases alone', async () => {
    const world = backupWorld();
    world.onStep = () => {
      world.put(SHARED, catalog([set(1, { kind: 'manual' })]), GITEA);
      return 0;
    };
    const report = await backup(world.deps, { service: 'gitea', pin: false });
    expect(report).toMatchObject({ on: 'shared', job: SHARED });
    expect(world.steps[0]?.env).toContain("WANTED_DATABASES='1'\nWANTED_DATABASE_1='gitea'\n");
    expect(world.scripts.map(({ args }) => args)).toContainEqual([
      `/backups/postgresql/gitea/sets/${set(1).id}/manifest.json`,
    ]);
  });

  it('says how to begin where nothing backs up the shared instance', async () => {
    const world = backupWorld({ sharedJob: false });
    await expect(backup(world.deps, { service: 'gitea', pin: false })).rejects.toMatchObject({
      code: 'JOB_NOT_FOUND',
      next: 'dbctl backup deploy-shared',
    });
  });
});

describe('a backup of everything', () => {
  it('takes each service and the whole shared instance; one that fails keeps no other from it', async () => {
    const world = backupWorld();
    world.put('speedtest', catalog([set(27)]));
    world.onStep = ({ allocId }) => {
      if (allocId === world.allocOf('speedtest')) return 23;
      world.put(SHARED, catalog([set(1, { kind: 'manual' })]), GITEA);
      return 0;
    };
    const report = await backupAll(world.deps, { parallel: 2 });
    expect(report.rows).toMatchObject([
      { service: 'speedtest', status: 'failed', sets: 0, error: { code: 'TOOLBOX_FAILED' } },
      { service: 'postgresql', on: 'shared', status: 'ok', sets: 1, rows: 52_110 },
    ]);
    expect(report.status).toBe('failed');
    requireDocument(JSON.parse(JSON.stringify(report)));
  });

  it('has the sets of the databases that went well where one of the shared instance did not', async () => {
    const world = backupWorld();
    makes(world);
    const own = world.onStep;
    world.onStep = (step) => {
      if (step.allocId === world.allocOf('speedtest')) return own(step);
      world.put(SHARED, catalog([set(1, { kind: 'manual' })]), GITEA);
      const error = 'database broken: permission denied';
      world.put(
        SHARED,
        catalog([], { attempts: [attempt({ status: 'failed', error })] }),
        GITEA.replace('gitea', 'broken'),
      );
      return 23;
    };
    const { rows } = await backupAll(world.deps, { parallel: 1 });
    expect(rows[0]).toMatchObject({ status: 'ok', copies: 1 });
    expect(rows[1]).toMatchObject({
      status: 'failed',
      sets: 1,
      error: { details: ['database broken: permission denied'] },
    });
  });
});
