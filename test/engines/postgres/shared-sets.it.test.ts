import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseCatalog } from '../../../src/dataplane/read-catalog.js';
import type { BackupCatalog } from '../../../src/report/backup-catalog.js';
import { fileName } from '../../../src/shared/file-name.js';
import { sqlIdent } from '../../../src/shared/quote.js';
import { mkdirAsPostgres, startCluster, type TestCluster, writeAsPostgres } from '../../support/postgres.js';
import { runStep, type StepResult } from '../../support/toolbox.js';

const SETTINGS = `KEEP_LAST='1'\nKEEP_DAILY='0'\nKEEP_WEEKLY='0'\nKEEP_MONTHLY='0'\nSCHEDULE='30 2 * * *'\nZONE='UTC'\nLOCK_WAIT='60'\nOFFSITE='0'\nNOTIFY='0'\n`;
const NAMES = ['gitea', "it's"];
const up: { cluster?: TestCluster; dirs?: Record<'alloc' | 'local' | 'secrets' | 'volume', string> } = {};

beforeAll(async () => {
  const cluster = await startCluster();
  up.cluster = cluster;
  for (const name of NAMES) await cluster.psql(`create database ${sqlIdent(name)};`);
  await cluster.psql('create table t as select generate_series(1, 100) as i;', { database: 'gitea' });
  await cluster.psql(`alter role postgres password 'a:b\\c d';`);
  const top = join(cluster.scratch, 'task');
  const below = (name: string): string => join(top, name);
  const dirs = { alloc: below('alloc'), local: below('local'), secrets: below('secrets'), volume: below('volume') };
  for (const dir of [cluster.scratch, top, ...Object.values(dirs)]) mkdirAsPostgres(dir);
  writeAsPostgres(join(dirs.local, 'backup.env'), `SERVICE='postgresql'\nSERVICE_DIR='${dirs.volume}'\n${SETTINGS}`);
  writeAsPostgres(join(dirs.local, 'server.env'), `PGHOST='127.0.0.1'\nPGPORT='${cluster.port}'\nPGUSER='postgres'\n`);
  writeAsPostgres(join(dirs.secrets, 'admin'), '*:*:*:postgres:a\\:b\\\\c d');
  chmodSync(join(dirs.secrets, 'admin'), 0o644);
  up.dirs = dirs;
});
afterAll(() => up.cluster?.stop());

async function shared(name: string, env: Record<string, string>): Promise<StepResult> {
  const { cluster, dirs } = up;
  if (!cluster || !dirs) throw new Error('no cluster');
  const task = `NOMAD_ALLOC_DIR=${dirs.alloc} NOMAD_TASK_DIR=${dirs.local} NOMAD_SECRETS_DIR=${dirs.secrets}`;
  return await runStep({ cluster, database: 'postgres', name, script: `export ${task}\nexec sh shared.sh\n`, env });
}

const catalogOf = (database: string): BackupCatalog =>
  parseCatalog(
    readFileSync(join(up.dirs?.alloc ?? '', 'shared', fileName(database), 'dbctl/backups/catalog.json'), 'utf8'),
    database,
  );

it('makes a set of every database of a shared server over TCP, pins it, and tells what retention would take', async () => {
  const first = await shared('first', { KIND: 'manual', PIN: '1' });
  expect(first.code, first.stdout).toBe(0);
  for (const name of NAMES)
    expect(catalogOf(name)).toMatchObject({
      service: `postgresql/${fileName(name)}`,
      problem: null,
      sets: [{ kind: 'manual', pinned: true, databases: [{ database: name, rows: name === 'gitea' ? 100 : 0 }] }],
      attempts: [{ status: 'ok' }],
    });
  for (const step of ['second', 'third'])
    await shared(step, { KIND: 'manual', WANTED_DATABASES: '1', WANTED_DATABASE_1: 'gitea' });
  expect(catalogOf('gitea').sets.map(({ pinned }) => pinned)).toEqual([true, false]);
  expect(catalogOf("it's").sets).toHaveLength(1);
  const plan = await shared('plan', { PROGRAM: 'retain-plan.sh', WANTED_DATABASES: '1', WANTED_DATABASE_1: 'gitea' });
  expect(plan.file('retain.txt').match(/^keep /gm)).toHaveLength(2);
  expect((await shared('catalogs', { PROGRAM: 'refresh-catalog.sh' })).code).toBe(0);
  const at = '2026-11-28T04:00:00Z';
  const drill = {
    schema: 'dbctl.drilled/1',
    run: 'r1',
    at,
    status: 'ok',
    seconds: 3.2,
    codes: [],
    set: { id: "it's" },
  };
  const said = { DRILL_RUN: 'r1', DRILL: JSON.stringify(drill), DRILL_OUTCOME: 'success', DRILL_NOTE: `"it's" $HOME` };
  const wanted = { WANTED_DATABASES: '1', WANTED_DATABASE_1: "it's" };
  for (const step of ['drilled', 'once more']) {
    const noted = await shared(step, { PROGRAM: 'drilled.sh', ...wanted, ...said });
    expect(noted.code, noted.stdout).toBe(0);
  }
  expect(catalogOf("it's").drills).toMatchObject([{ at, status: 'ok', set: { id: "it's" } }]);
  expect(catalogOf('gitea').drills ?? []).toEqual([]);
}, 300_000);
