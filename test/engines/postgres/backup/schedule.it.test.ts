import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { markSql } from '../../../../src/engines/postgres/marker.js';
import { type BackupPlace, backupPlace, type Env, putPrograms } from '../../../support/backup.js';
import { postgresIdentity, startCluster, type TestCluster, writeAsPostgres } from '../../../support/postgres.js';
import { LONG_SHELLS } from '../../../support/shells.js';

const WAIT = { timeout: 60_000, interval: 300 };

describe.each(LONG_SHELLS)('the schedule under %s', (shell, ...args) => {
  let server: TestCluster;
  const loops: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startCluster();
    await server.createDatabase('one');
  });
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.kill('SIGTERM');
  });
  afterAll(() => server.stop());

  const start = (place: BackupPlace, dir: string): ChildProcess => {
    const env = {
      PATH: server.env['PATH'],
      PGHOST: server.socket,
      PGPORT: String(server.port),
      PGUSER: 'postgres',
      EVERY: '1',
      ...place.env,
    };
    const loop = spawn(shell, [...args, `${dir}/schedule.sh`], { ...postgresIdentity(), env, stdio: 'ignore' });
    loops.push(loop);
    return loop;
  };

  const ended = (loop: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => {
      loop.once('exit', (code) => resolve(code));
      loop.kill('SIGTERM');
    });

  const mark = (service: string): Promise<unknown> =>
    server.psql(markSql({ service, database: 'one', run: '20261120-211530-ab12', state: 'verified' }));

  const placed = (more: Env): { place: BackupPlace; dir: string } => {
    const place = backupPlace(server, ['one'], more);
    return { place, dir: putPrograms(place, 'abcdefabcdef') };
  };

  const sums = (dir: string): string =>
    execFileSync('sh', ['-c', 'cd "$1" && ls -A && sha256sum ./*', 'sh', dir], { encoding: 'utf8' });

  it('makes a first backup once, when the database is marked verified, and ends at once', async () => {
    const { place, dir } = placed({ SERVICE: 'fresh', SCHEDULE: '' });
    const before = sums(dir);
    const loop = start(place, dir);
    await expect
      .poll(() => {
        try {
          return place.catalog().problem;
        } catch {
          return 'no catalog';
        }
      }, WAIT)
      .toBe('waiting: one is not marked as verified');
    expect(place.ids()).toEqual([]);
    await mark('fresh');
    await expect.poll(() => place.catalog().attempts.length, WAIT).toBe(1);
    expect(place.catalog().attempts).toMatchObject([{ kind: 'first', status: 'ok' }]);
    expect(place.catalog().problem).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(place.catalog().attempts).toHaveLength(1);
    expect(sums(dir)).toBe(before);
    const at = Date.now();
    expect(await ended(loop)).toBe(0);
    expect(Date.now() - at).toBeLessThan(3000);
  });

  it('runs what was slept through once', async () => {
    const { place, dir } = placed({ SERVICE: 'shop', SCHEDULE: '* * * * *' });
    await mark('shop');
    const minutes = execFileSync(
      'awk',
      [
        '-v',
        'schedule=* * * * *',
        '-v',
        `now=${new Date(Date.now() - 86_400_000).toISOString().slice(0, 16).replace(/[-T:]/g, ' ')}`,
        '-f',
        `${dir}/cron.awk`,
      ],
      { encoding: 'utf8' },
    ).split(' ')[1];
    writeAsPostgres(`${place.dir}/scheduled`, minutes ?? '');
    start(place, dir);
    await expect.poll(() => place.ids().filter((id) => !id.endsWith('.part')).length, WAIT).toBe(1);
    await expect.poll(() => place.catalog().attempts.length, WAIT).toBe(1);
    expect(place.catalog().attempts[0]).toMatchObject({ kind: 'scheduled', status: 'ok' });
    const looked = Number(execFileSync('cat', [`${place.dir}/scheduled`], { encoding: 'utf8' }));
    expect(looked - Number(minutes)).toBeGreaterThanOrEqual(1440);
  });
});
