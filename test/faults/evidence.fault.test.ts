import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import type { VerifyReport } from '../../src/report/verify-report.js';
import { sharedAddress, sharedServer } from '../e2e/cluster-state.js';
import { serversOn, until, volumeFolder } from '../e2e/data-volume.js';
import { expectNothingLost, expectOk, expectRefused, explain } from '../e2e/expectations.js';
import { LabWorld, type Run } from '../e2e/lab-world.js';
import { postgresBinDir } from '../support/postgres.js';
import { fault } from './fault.js';

const NASTY = join(import.meta.dirname, '../engines/postgres');

let world: LabWorld;

/** The largest data file of the move's dump. */
async function dumpFile(): Promise<string> {
  const folder = join(await volumeFolder(world, 'db-backups'), 'speedtest');
  const all = await readdir(folder, { recursive: true });
  const names = all.filter((name) => /speedtest\/dump\/dump\/\d+\.dat$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })));
  return join(folder, sizes.sort((a, b) => b.size - a.size)[0]?.name ?? '');
}

async function flip(path: string, bytes: Buffer): Promise<void> {
  const changed = Buffer.from(bytes);
  changed[100] = (changed[100] ?? 0) ^ 1;
  await writeFile(path, changed);
}

beforeAll(async () => {
  world = await LabWorld.up('fault-evidence', { scale: 1 });
});

afterAll(async () => {
  await world?.down();
});

/** psql as the superuser of the shared server, for scripts that are written for psql. */
async function sharedScript(database: string, ...args: string[]): Promise<void> {
  const { host, port } = await sharedAddress(world);
  const env = {
    PATH: process.env['PATH'] ?? '',
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: 'postgres',
    PGDATABASE: database,
  };
  const PGPASSWORD = await world.secret('postgres/admin');
  await new Promise<void>((resolve, reject) => {
    const argv = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...args];
    execFile(join(postgresBinDir(), 'psql'), argv, { env: { ...env, PGPASSWORD } }, (error, _out, stderr) =>
      error ? reject(new Error(stderr)) : resolve(),
    );
  });
}

const onShared = (database: string, sql: string): Promise<unknown> =>
  sharedServer(world, (client) => client.query(sql), database);

/** As the app itself, on the database that it uses now. */
async function asApp(sql: string): Promise<void> {
  const { serverPort } = await world.stats();
  const port = serverPort ?? 0;
  const password = await world.secret('postgres/speedtest');
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'speedtest', database: 'speedtest', password });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function verify(): Promise<{ run: Run; report: VerifyReport; found: string }> {
  const run = await world.dbctl('verify', 'speedtest', '--json');
  const report = JSON.parse(run.stdout) as VerifyReport;
  return { run, report, found: (report.checks ?? []).flatMap(({ findings }) => findings).join('\n') };
}

/** The app is where it was, with all it ever acknowledged, and its jobspec too. */
async function expectUndone(run: Run, exit: number, code: string, jobspec: string): Promise<void> {
  expectRefused(run, exit, code);
  expect(run.json.status, explain(run)).toBe('undone');
  expect(await world.jobspecText()).toBe(jobspec);
  await expectNothingLost(world);
}

/** A move of a source with this in it: refused with that, and undone. The source is mended afterwards. */
async function moveWith(
  broken: string,
  expected: { exit: number; code: string; says: string[] },
  mend: string,
): Promise<string> {
  const jobspec = await world.jobspecText();
  await onShared('speedtest', broken);
  try {
    const run = await world.move('migrate', '--no-rehearse');
    await expectUndone(run, expected.exit, expected.code, jobspec);
    const said = JSON.stringify(run.json.error);
    for (const words of expected.says) expect(said).toContain(words);
    return `exit ${expected.exit} ${expected.code} naming ${expected.says.slice(0, 2).join(', ')}; undone, the app writes on its source`;
  } finally {
    await onShared('speedtest', mend);
  }
}

const doubled = `set allow_system_table_mods = on;
create table badges (code text, holder int); create unique index badges_code on badges (code); insert into badges values ('a-1', 1);
update pg_index set indisready = false where indexrelid = 'badges_code'::regclass; insert into badges values ('a-1', 2);
update pg_index set indisready = true where indexrelid = 'badges_code'::regclass;
alter table badges owner to speedtest;`;

fault(24, 'a key stands twice under a unique index of the source; dbctl verify is asked, then migrate', async () => {
  const jobspec = await world.jobspecText();
  await onShared('speedtest', doubled);
  const looked = await verify();
  expect(looked.run.code, explain(looked.run)).toBe(4);
  expect(looked.found).toContain('table public.badges: key (code) = (a-1) stands there 2 times');
  const run = await world.move('migrate', '--no-rehearse');
  await expectUndone(run, 4, 'RESTORE_FAILED', jobspec);
  expect(run.json.error).toMatchObject({ where: 'table public.badges', value: 'Key (code)=(a-1) is duplicated.' });
  const rows = await sharedServer(
    world,
    async (client) => (await client.query('select from badges')).rowCount,
    'speedtest',
  );
  expect(rows).toBe(2);
  await onShared('speedtest', 'drop table badges');
  return 'verify: exit 4; migrate: exit 4 RESTORE_FAILED; both name table and key. Undone, the source is as it was';
});

fault(28, 'a materialized view calls a function that leaves out the schema', async () =>
  moveWith(
    `create table limits (most int); insert into limits values (10);
     create function most() returns int language sql as 'select most from limits';
     create materialized view at_most as select most() as n;
     alter table limits owner to speedtest; alter function most() owner to speedtest; alter materialized view at_most owner to speedtest`,
    {
      exit: 4,
      code: 'RESTORE_FAILED',
      says: ['MATERIALIZED VIEW DATA at_most', 'relation \\"limits\\" does not exist', 'set search_path'],
    },
    'drop materialized view at_most; drop function most(); drop table limits',
  ),
);

fault(22, 'a table of the user was made a member of an extension, so that no dump holds it', async () =>
  moveWith(
    `create extension pgcrypto; create table kept (a int); insert into kept values (1), (2); alter table kept owner to speedtest;
     alter extension pgcrypto add table kept`,
    { exit: 4, code: 'EVIDENCE_DIFFERS', says: ['public.kept', '2 rows'] },
    'alter extension pgcrypto drop table kept; drop table kept; drop extension pgcrypto',
  ),
);

fault(29, 'the new server is killed (-9) after the import; a table of the source is unlogged', async () => {
  const jobspec = await world.jobspecText();
  await onShared(
    'speedtest',
    'create unlogged table quick as select generate_series(1, 10) as a; alter table quick owner to speedtest',
  );
  const running = world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--no-rehearse');
  try {
    await running.step('import');
    // Everything of dbctl stands still while the server dies and Nomad starts it again.
    running.signal('SIGSTOP');
    const pgdata = join(await volumeFolder(world, 'speedtest_postgres_data'), 'pgdata');
    const before = serversOn(pgdata).map(({ pid }) => pid);
    expect(before.length).toBeGreaterThan(3);
    process.kill(Math.min(...before), 'SIGKILL');
    await until(
      async () => serversOn(pgdata).map(({ pid }) => pid),
      (now) => now.length > 3 && now.every((pid) => !before.includes(pid)),
      'a new server on the volume',
    );
    running.signal('SIGCONT');
  } catch (error) {
    // Stopped or late: it must not go on beside the next test.
    await running.kill();
    throw error;
  }
  const code = await running.ended;
  const said = running.stdout + running.stderr;
  expect(code, said).toBe(4);
  expect(said).toContain('table public.quick of speedtest: 10 rows were imported, 0 are there');
  expect(await world.jobspecText()).toBe(jobspec);
  await expectNothingLost(world);
  await onShared('speedtest', 'drop table quick');
  return 'exit 4 EVIDENCE_DIFFERS naming the emptied table, before the app was let in; undone, the app writes on its source';
});

fault(
  20,
  'the source is full of what moves badly: large objects with owners and rights among it; moved with all of it',
  async () => {
    await sharedScript('postgres', '-f', join(NASTY, 'nasty-roles.sql'));
    await sharedScript('speedtest', '-f', join(NASTY, 'nasty.sql'));
    const run = await world.move('migrate', '--no-rehearse');
    expectOk(run);
    expect(run.json.evidence?.match).toBe(true);
    const [database] = run.json.evidence?.databases ?? [];
    expect(database?.largeObjects).toMatchObject({ count: 3, match: true });
    const looked = await verify();
    expect(looked.found).toBe('');
    expect(looked.run.code, explain(looked.run)).toBe(0);
    return `moved with equal evidence, 3 large objects among ${database?.tables.length ?? 0} tables; verify: exit 0`;
  },
);

fault(19, 'a sequence of the new database is set behind what was moved', async () => {
  await asApp(`select setval('results_id_seq', 5)`);
  const { run, found } = await verify();
  await asApp(`select setval('results_id_seq', (select max(id) from results))`);
  expect(run.code, explain(run)).toBe(4);
  expect(found).toContain('sequence value public.results_id_seq');
  return 'verify: exit 4 naming the sequence, its value then and now';
});

fault(
  21,
  'an index is dropped, a right revoked, a setting of the role in its database changed on the new database',
  async () => {
    await asApp(
      `alter role speedtest in database speedtest set work_mem = '9MB'; revoke all on settings from speedtest; drop index results_created_at_index`,
    );
    const { run, found } = await verify();
    expect(run.code, explain(run)).toBe(4);
    for (const name of ['work_mem', 'public.settings', 'results_created_at_index']) expect(found).toContain(name);
    return 'verify: exit 4, each named in one line';
  },
);

fault(5, 'a byte of the finished dump on the backup volume is changed', async () => {
  const dump = await dumpFile();
  const bytes = await readFile(dump);
  await flip(dump, bytes);
  const { run, report } = await verify();
  await writeFile(dump, bytes);
  expect(run.code, explain(run)).toBe(4);
  expect(report.checks.find(({ id }) => id === 'dump')?.status).toBe('failed');
  return 'verify: exit 4, the dump is not what was recorded';
});

fault(2, 'a superuser opens the closed old database afterwards and changes a value in it', async () => {
  const names = await sharedServer(world, (client) =>
    client.query<{ name: string }>("select datname as name from pg_database where datname like 'speedtest\\_\\_old%'"),
  );
  const old = names.rows[0]?.name ?? '';
  await onShared('postgres', `alter database "${old}" with allow_connections true`);
  await onShared(old, "update users set name = 'other'");
  const { run, found } = await verify();
  expect(run.code, explain(run)).toBe(4);
  expect(found).toContain('rows of public.users');
  expect(found).toContain('is not closed');
  const after = await verify();
  expect(after.found).not.toContain('is not closed');
  return 'verify: exit 4, the table of the old database is named; the look leaves it closed';
});

fault(20, 'the way back of a database full of what moves badly', async () => {
  const back = await world.move('rollback');
  expectOk(back);
  expect(back.json.evidence?.match).toBe(true);
  await expectNothingLost(world);
  return 'rolled back with equal evidence';
});
