import { existsSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { framedPsql } from '../../src/adapters/framed-psql.js';
import { isDbctlError } from '../../src/errors/dbctl-error.js';
import type { Allocation } from '../../src/ports/nomad.js';
import type { SqlTarget } from '../../src/ports/sql.js';
import { Secret } from '../../src/shared/secret.js';
import { idleJob, startNomad, type TestNomad } from '../support/nomad.js';
import { postgresDir, runAsPostgres, startCluster, type TestCluster } from '../support/postgres.js';
import { eventually } from '../support/server-process.js';

const BUSYBOX = '/usr/bin/busybox';
const run: { nomad?: TestNomad; cluster?: TestCluster; alloc?: Allocation } = {};

beforeAll(async () => {
  [run.nomad, run.cluster] = await Promise.all([startNomad(), startCluster()]);
  run.alloc = await run.nomad.run(idleJob('psql', { user: 'postgres' }));
});
afterAll(async () => {
  await Promise.all([run.nomad?.stop(), run.cluster?.stop()]);
});

const nomad = (): TestNomad => run.nomad ?? expect.fail('no nomad');
const cluster = (): TestCluster => run.cluster ?? expect.fail('no cluster');
const target = (more: Partial<SqlTarget> = {}): SqlTarget => ({
  allocId: run.alloc?.ID ?? '',
  task: 'idle',
  database: 'postgres',
  host: cluster().socket,
  port: cluster().port,
  ...more,
});
const sql = (
  script: string,
  more: Partial<SqlTarget> = {},
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<unknown[]> => framedPsql(nomad().port).run(target(more), script, options);
const failure = async (running: Promise<unknown>): Promise<Record<string, unknown>> =>
  running.then(
    (rows) => expect.fail(`no error but ${JSON.stringify(rows)}`),
    (error: unknown) => (isDbctlError(error) ? error.toJSON() : expect.fail(String(error))),
  );

test('rows come back as JSON in order', async () => {
  const rows = await sql(
    "select json_build_object('n', n) from generate_series(1, 3) n; select json_build_array('x');",
  );
  expect(rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, ['x']]);
});

test('a script without rows and an empty script give no rows', async () => {
  expect(await sql('create temp table t (a int);')).toEqual([]);
  expect(await sql('')).toEqual([]);
});

test('text outside ASCII goes and comes back unharmed', async () => {
  const text = 'é ß Ωμέγα Привет 漢字 😀 العربية \\ " \'';
  const [row] = await sql(`select json_build_object('t', '${text.replaceAll("'", "''")}'::text);`);
  expect(row).toEqual({ t: text });
});

test('one megabyte of output arrives whole', async () => {
  const rows = await sql("select json_build_object('n', n, 'pad', repeat('é', 500)) from generate_series(1, 1000) n;");
  expect(rows).toHaveLength(1000);
  expect(JSON.stringify(rows).length).toBeGreaterThan(500_000);
  expect(rows.at(-1)).toEqual({ n: 1000, pad: 'é'.repeat(500) });
});

test('one row of five megabytes arrives whole', async () => {
  const [row] = await sql("select json_build_object('pad', repeat('x', 5000000));");
  expect(row).toEqual({ pad: 'x'.repeat(5_000_000) });
});

test('a row that looks like the end mark is data', async () => {
  const rows = await sql(
    `select to_json(E'\\ndbctl-${'0'.repeat(24)} end\\n'::text); select '"dbctl-00 end"'; select 1;`,
  );
  expect(rows).toEqual([`\ndbctl-${'0'.repeat(24)} end\n`, 'dbctl-00 end', 1]);
});

test('the first error stops the script and carries SQLSTATE and the statement', async () => {
  const error = await failure(sql('select 1;\nselect *\n  from nowhere;\nselect pg_sleep(60);'));
  expect(error).toMatchObject({
    code: 'SQL_FAILED',
    value: 'SQLSTATE 42P01',
    message: 'relation "nowhere" does not exist',
  });
  expect(error['details']).toEqual(['in: select *']);
});

test('an error while half a megabyte of SQL is still behind it is read whole', async () => {
  const script = `select 1/0;\n${'-- filling\n'.repeat(40_000)}`;
  expect(await failure(sql(script))).toMatchObject({ code: 'SQL_FAILED', value: 'SQLSTATE 22012' });
});

test('literals of a failed statement do not show: they may be passwords', async () => {
  const error = await failure(sql("alter role nobody_here password 'SCRAM-SHA-256$4096:canary';"));
  expect(error).toMatchObject({ value: 'SQLSTATE 42704' });
  expect(JSON.stringify(error)).not.toContain('canary');
});

test('warnings and notices do not disturb rows or errors', async () => {
  const noisy = "do $$ begin raise notice 'hush'; raise warning 'careful'; end $$;";
  expect(await sql(`${noisy} select 1;`)).toEqual([1]);
  expect(await failure(sql(`${noisy} select 1/0;`))).toMatchObject({ value: 'SQLSTATE 22012' });
});

test('a script that ends inside a transaction is an error and changes nothing', async () => {
  await sql('create table if not exists kept (a int);');
  expect(await failure(sql('begin; insert into kept values (1);'))).toMatchObject({
    code: 'SQL_FAILED',
    value: 'SQLSTATE 25001',
  });
  expect(await sql('select count(*) from kept;')).toEqual([0]);
});

test('a script that ends inside a quote is an error, not a hang', async () => {
  expect(await failure(sql("select 'abc;\n"))).toMatchObject({ code: 'SQL_FAILED', value: 'SQLSTATE 42601' });
});

test('a last statement without semicolon runs', async () => {
  expect(await sql('select 5')).toEqual([5]);
});

test('output that is not JSON is refused without showing it', async () => {
  const error = await failure(sql("select 1; select 'canary text';"));
  expect(error).toMatchObject({ code: 'SQL_FAILED', message: 'line 2 of the output is not JSON' });
  expect(JSON.stringify(error)).not.toContain('canary');
});

test('database names are taken literally', async () => {
  const name = `we"ird 'dbname=postgres' $(touch x) ; é`;
  await cluster().createDatabase(name);
  expect(await sql('select to_json(current_database());', { database: name })).toEqual([name]);
});

test('an absent database is DATABASE_NOT_FOUND and a dead server DATABASE_UNAVAILABLE', async () => {
  expect(await failure(sql('select 1;', { database: 'nope' }))).toMatchObject({ code: 'DATABASE_NOT_FOUND' });
  expect(await failure(sql('select 1;', { port: 1 }))).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
});

test('a password goes through a file that is gone afterwards, and a wrong one is refused', async () => {
  const password = 'p:a\\ss "w\'ord é$HOME';
  await sql(`drop role if exists pw; create role pw login password '${password.replaceAll("'", "''")}';`);
  const login = { host: '127.0.0.1', user: 'pw', database: 'postgres' };
  expect(await sql('select to_json(current_user);', { ...login, password: new Secret(password) })).toEqual(['pw']);
  expect(await failure(sql('select 1;', { ...login, password: new Secret('wrong') }))).toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  });
  expect(await failure(sql('select 1;', login))).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  // Lost scripts of other tests clean up when their psql ends.
  await eventually('no leftovers in the secrets folder', async () => {
    const left = await nomad().port.listFiles(run.alloc?.ID ?? '', 'idle/secrets');
    return left.some((file) => file.Name.startsWith('dbctl')) ? undefined : true;
  });
  expect(nomad().server.log()).not.toContain("w'ord");
});

test('a slow statement is ended by the server before we give up', async () => {
  // A tenth of it is what the exec itself may take to start.
  expect(await failure(sql('select pg_sleep(60);', {}, { timeoutMs: 20_000 }))).toMatchObject({
    code: 'SQL_FAILED',
    value: 'SQLSTATE 57014',
  });
});

test('an abort in the middle is EXEC_UNKNOWN', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 700);
  const error = await failure(sql('set statement_timeout = 0; select pg_sleep(5);', {}, { signal: stop.signal }));
  expect(error).toMatchObject({ code: 'EXEC_UNKNOWN', exitCode: 7 });
});

test('a connection that the server breaks in the middle is EXEC_LOST: the script is over, which was asked for', async () => {
  const running = failure(sql("set application_name = 'victim'; select pg_sleep(20);"));
  const kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'victim';";
  for (let killed: unknown = 0; killed !== 1; [killed] = await sql(kill));
  expect(await running).toMatchObject({ code: 'EXEC_LOST', exitCode: 7 });
});

test('the alloc folder can be named by its variable', async () => {
  const error = await failure(sql('select 1;', { host: '${NOMAD_ALLOC_DIR}/nowhere' }));
  expect(error['value']).toContain(`/alloc/nowhere/.s.PGSQL.${cluster().port}`);
});

test('without a host the socket in the alloc folder is found, with its port', async () => {
  const { allocId, task, database } = target();
  const link = ['/bin/sh', '-c', 'ln -sfn "$1" "$NOMAD_ALLOC_DIR/pg"', 'sh', cluster().socket];
  await nomad().port.exec({ allocId, task, argv: link, timeoutMs: 10_000 });
  const rows = await framedPsql(nomad().port).run(
    { allocId, task, database },
    "select to_json(current_setting('port')::int);",
  );
  expect(rows).toEqual([cluster().port]);
});

test.runIf(existsSync(BUSYBOX))('the script runs on busybox too', async () => {
  const dir = postgresDir('dbctl-bb-');
  await runAsPostgres('mkdir', [`${dir}/bin`, `${dir}/secrets`]);
  await runAsPostgres(BUSYBOX, ['--install', '-s', `${dir}/bin`]);
  const env = { PATH: `${dir}/bin`, NOMAD_SECRETS_DIR: `${dir}/secrets`, NOMAD_ALLOC_DIR: dir };
  const onBusybox = framedPsql({
    exec: async ({ argv, stdin = '' }) => ({
      kind: 'exited',
      ...(await runAsPostgres(`${dir}/bin/sh`, argv.slice(1), { env, stdin })),
    }),
  });
  try {
    expect(await onBusybox.run(target(), `select to_json('é'::text);${'-- x\n'.repeat(50_000)}`)).toEqual(['é']);
    expect(await failure(onBusybox.run(target(), 'select 1/0;'))).toMatchObject({ value: 'SQLSTATE 22012' });
    expect(await failure(onBusybox.run(target({ host: '${NOMAD_ALLOC_DIR}/nowhere' }), 'select 1;'))).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      value: expect.stringContaining(`${dir}/nowhere/`),
    });
    expect(readdirSync(`${dir}/secrets`)).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('no backend is left behind', async () => {
  expect(
    await sql(
      "select count(*) from pg_stat_activity where application_name = 'dbctl' and pid <> pg_backend_pid() and query not like '%pg_sleep%';",
    ),
  ).toEqual([0]);
});
