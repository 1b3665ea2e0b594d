import { beforeEach, describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import type { CliDeps } from '../../src/cli/session.js';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { attempt, type BackupWorld, backupWorld, catalog, set } from '../usecases/backup-world.js';

const unused = (): never => {
  throw new Error('not asked here');
};
const style = { colour: false, unicode: true, columns: 100 };

let world: BackupWorld;
let out: string[];
let code: number;
const run = async (...args: string[]): Promise<string> => {
  const deps: CliDeps = {
    io: { out: (text) => void out.push(text), err: () => undefined, interactive: false, ...style, errStyle: style },
    version: '0',
    open: async () => world.deps,
    inventory: unused,
    connect: unused,
    local: unused,
    lab: { up: unused, down: unused, status: unused, seed: unused },
    setExitCode: (value) => {
      code = value;
    },
  };
  await buildProgram(deps).parseAsync(['node', 'dbctl', ...args]);
  return out.join('');
};

beforeEach(() => {
  world = backupWorld();
  out = [];
  code = 0;
  world.put('speedtest', catalog([set(27), set(28)]));
});

describe('the commands about backups', () => {
  it('take a service without a verb, and none for all', async () => {
    expect(await run('backups', 'speedtest')).toContain(set(28).id);
    expect(await run('backups')).toMatch(/speedtest +ok/);
  });

  it('end with 2 only when it is asked for', async () => {
    world.put('speedtest', catalog([], { attempts: [attempt({ status: 'failed', error: 'x' })] }));
    await run('backups');
    expect(code).toBe(0);
    await run('backups', '--detailed-exitcode');
    expect(code).toBe(2);
    code = 0;
    await run('backups', 'speedtest', '--detailed-exitcode', '--json');
    expect(code).toBe(2);
  });

  it('make a backup of the service that is named, with the exit code of what went wrong', async () => {
    world.onStep = () => {
      world.put('speedtest', catalog([set(27), set(28), set(29, { kind: 'manual' })]));
      return 28;
    };
    expect(await run('backup', 'speedtest')).toContain('[OFFSITE_FAILED]');
    expect(code).toBe(5);
  });

  it('back up everything, and end with the code of the first that failed', async () => {
    world.onStep = () => 27;
    const text = await run('backup-all', '--json', '--parallel', '1');
    expect(JSON.parse(text)).toMatchObject({ schema: 'dbctl.backup-all/1', status: 'failed' });
    expect(code).toBe(6);
    await expect(run('backup-all', '--parallel', '0')).rejects.toThrow(/whole number/);
  });

  it('pin by id, and refuse a prune that is not dry', async () => {
    expect(await run('backups', 'pin', 'speedtest', set(28).id)).toContain('is kept for good');
    await expect(run('backups', 'prune', 'speedtest')).rejects.toThrow(/--dry-run/);
  });

  it('print metrics, or write them to a file in one rename', async () => {
    expect(await run('metrics')).toContain('dbctl_backup_sets{service="speedtest"} 2\n');
    out = [];
    expect(await run('metrics', '--textfile', '/metrics/dbctl.prom')).toBe('');
    expect(await world.deps.files.read('/metrics/dbctl.prom')).toContain('dbctl_backup_sets');
  });

  it('ask before they start a job, and off a terminal only go on with --yes', async () => {
    await expect(run('backup', 'deploy-shared')).rejects.toBeInstanceOf(DbctlError);
  });
});
