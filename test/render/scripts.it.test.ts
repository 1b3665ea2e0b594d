import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { DatabasePart } from '../../src/plan/types.js';
import { mkdirAsPostgres, writeAsPostgres } from '../support/postgres.js';
import { eventually, freePorts } from '../support/server-process.js';
import { databases, samplePart } from './sample-part.js';
import { makeTaskDirs, SHELLS, type TaskDirs, type TaskRun } from './task-dirs.js';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function dirs(shell: string, overrides: Partial<DatabasePart> = {}): Promise<TaskDirs> {
  const [port = 0] = await freePorts(1);
  const made = makeTaskDirs(samplePart({ port, ...overrides }), shell);
  cleanups.push(() => made.remove());
  return made;
}

async function server(at: TaskDirs): Promise<TaskRun> {
  const run = at.start('entry');
  cleanups.push(async () => void (await stop(run)));
  await eventually('server', async () => {
    if (run.child.exitCode !== null) throw new Error(run.output());
    return at.psql('select 1');
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${run.output()}`);
  });
  return run;
}

async function stop(run: TaskRun): Promise<number> {
  run.child.kill('SIGINT');
  return run.exit;
}

async function refused(at: TaskDirs): Promise<string> {
  const run = at.start('entry');
  const code = await run.exit;
  expect(code, run.output()).toBe(1);
  return run.output();
}

const systemOf = (at: TaskDirs): Promise<string> => at.psql('select system_identifier from pg_control_system()');
const fingerprint = `select json_agg(t) from (select rolname, oid, rolcanlogin, rolpassword from pg_authid where rolname !~ '^pg_' order by 1) t;
select json_agg(t) from (select datname, oid, datdba, datacl::text, encoding, datcollate from pg_database order by 1) t;
select json_agg(m) from dbctl.marker m;`;
const PASSWORD = 'a:b\\c\'d"e $x `y` {{z}} ü😀';

describe.each(SHELLS)('the scripts on %s', (shell) => {
  test('entry makes a closed, checksummed cluster and ends with the server', async () => {
    const at = await dirs(shell);
    const run = await server(at);
    expect(await at.psql("select current_setting('data_checksums'), current_setting('listen_addresses')")).toBe(
      'on|127.0.0.1',
    );
    expect(
      await at.psql("select string_agg(distinct auth_method, ',' order by auth_method) from pg_hba_file_rules"),
    ).toBe('peer,scram-sha-256');
    expect(
      await at.psql('select pg_encoding_to_char(encoding), datcollate from pg_database where datname=$$template1$$'),
    ).toBe('UTF8|C.UTF-8');
    expect(statSync(at.env['PGHOST'] ?? '').mode & 0o777).toBe(0o770);
    expect(readdirSync(at.mount).sort()).toEqual(['.dbctl.libc', '.dbctl.lock', 'pgdata']);
    const started = Date.now();
    expect(await stop(run)).toBe(0);
    expect(Date.now() - started).toBeLessThan(3000);
  });

  test('a second start keeps the data, with no state, `new`, and the right `expected`', async () => {
    const at = await dirs(shell);
    const first = await server(at);
    const system = await systemOf(at);
    await at.psql('create table t as select 1 as x');
    await stop(first);
    for (const state of [
      undefined,
      'new 20261120-211530-ab12\n',
      `expected ${system} 20261120-211530-ab12\n`,
      `expected ${system} r`,
    ]) {
      if (state !== undefined) at.setState(state);
      const run = await server(at);
      expect(await at.psql('select x from t')).toBe('1');
      await stop(run);
    }
  });

  test('`expected` refuses other data and missing data, and makes none', async () => {
    const at = await dirs(shell);
    at.setState('expected 7000000000000000001 run-1\n');
    expect(await refused(at)).toContain('data of system 7000000000000000001 is expected');
    expect(existsSync(join(at.mount, 'pgdata'))).toBe(false);
    rmSync(join(at.backups, 'state'));
    await stop(await server(at));
    at.setState('expected 7000000000000000001 run-1\n');
    expect(await refused(at)).toMatch(/is expected, but .* is of system \d+/);
  });

  test('`retired` moves older data away once, and does not touch what came after', async () => {
    const at = await dirs(shell);
    const first = await server(at);
    const old = await systemOf(at);
    await stop(first);
    at.setState('retired run-2\n');
    const second = await server(at);
    const fresh = await systemOf(at);
    expect(fresh).not.toBe(old);
    expect(existsSync(join(at.mount, 'pgdata.retired-run-2', 'PG_VERSION'))).toBe(true);
    await stop(second);
    await server(at);
    expect(await systemOf(at)).toBe(fresh);
  });

  test('`retired` on an empty volume does not move the cluster it made', async () => {
    const at = await dirs(shell);
    at.setState('retired run-3\n');
    const first = await server(at);
    const system = await systemOf(at);
    await stop(first);
    await server(at);
    expect(await systemOf(at)).toBe(system);
  });

  test('a second server waits for the first to leave', async () => {
    const at = await dirs(shell);
    const first = await server(at);
    const second = at.start('entry');
    cleanups.push(async () => void (await stop(second)));
    await eventually('the wait', async () =>
      second.output().includes('waiting for an older server') ? true : undefined,
    );
    expect(await at.psql('select 1')).toBe('1');
    const pid = Number(readFileSync(join(at.mount, 'pgdata', 'postmaster.pid'), 'utf8').split('\n')[0]);
    expect(pid).toBe(first.child.pid);
    await stop(first);
    await eventually('the second', () => at.psql('select 1'));
    expect(second.child.exitCode).toBeNull();
  });

  test('the lock holds while any process of the old server lives', async () => {
    const at = await dirs(shell, { killTimeoutSeconds: -29.6 });
    const first = await server(at);
    const backend = at.psql('select pg_sleep(60)').catch(() => 'ended');
    const pid = await eventually(
      'backend',
      async () => (await at.psql("select pid from pg_stat_activity where query ~ '^select pg_sleep'")) || undefined,
    );
    process.kill(Number(pid), 'SIGSTOP');
    first.child.kill('SIGKILL');
    await first.gone;
    const message = await refused(at).finally(() => process.kill(Number(pid), 'SIGKILL'));
    expect(message).toContain('another server still holds the data volume');
    expect(await backend).toBe('ended');
  });

  test.each([
    ['an unknown word', 'maybe run-1\n', 'unknown word'],
    ['nothing', '', 'is empty'],
    ['an empty line', '\n', 'unknown word'],
    ['no run', 'new\n', 'names no run'],
    ['a path as run', 'retired ../x\n', 'names no run'],
    ['too many words', 'expected 1 run-1 more\n', 'too many words'],
    ['two runs', 'new a b\n', 'too many words'],
    ['two lines', 'new a\nnew b\n', 'more than one line'],
  ])('a state file with %s is refused', async (_name, state, message) => {
    const at = await dirs(shell);
    at.setState(state);
    expect(await refused(at)).toContain(message);
    expect(existsSync(join(at.mount, 'pgdata'))).toBe(false);
  });

  test('a backup folder that cannot be read does not pass for "no state"', async () => {
    const at = await dirs(shell);
    mkdirSync(at.backups, { mode: 0o700 });
    if (process.getuid?.() !== 0) return;
    writeFileSync(join(at.backups, 'state'), 'new run-1\n');
    expect(await refused(at)).toContain('cannot be read by user');
  });

  test('a half-made cluster is never taken for a whole one', async () => {
    const at = await dirs(shell);
    mkdirAsPostgres(join(at.mount, 'pgdata.new'));
    writeAsPostgres(join(at.mount, 'pgdata.new', 'PG_VERSION'), '15\n');
    mkdirAsPostgres(join(at.mount, 'pgdata'));
    await stop(await server(at));
    expect(readdirSync(at.mount).sort()).toEqual(['.dbctl.libc', '.dbctl.lock', 'pgdata']);
  });

  test('strange data is refused, not overwritten', async () => {
    const at = await dirs(shell);
    mkdirAsPostgres(join(at.mount, 'pgdata'));
    writeAsPostgres(join(at.mount, 'pgdata', 'photo.jpg'), 'x');
    expect(await refused(at)).toContain('is no PostgreSQL cluster');
    writeAsPostgres(join(at.mount, 'pgdata', 'PG_VERSION'), '12\n');
    expect(await refused(at)).toContain('is of PostgreSQL 12');
    writeAsPostgres(join(at.mount, 'PG_VERSION'), '15\n');
    expect(await refused(at)).toContain('a cluster lies at');
    expect(readFileSync(join(at.mount, 'pgdata', 'photo.jpg'), 'utf8')).toBe('x');
  });

  test('an image of another major is refused', async () => {
    expect(await refused(await dirs(shell, { major: 16 }))).toMatch(/this is PostgreSQL 15\S*, the jobspec says 16/);
  });

  test('init makes hostile names and passwords work, and twice is once', async () => {
    const names = { database: 'a"b\'c\\d ${x} {{y}} 😀', role: 'r\'; --\\ :x "q"' };
    const at = await dirs(shell, { databases: databases(names.database, 'second'), role: names.role });
    await server(at);
    await at.psql(
      "alter system set log_statement='all'; alter system set log_min_duration_statement=0; select pg_reload_conf()",
    );
    writeAsPostgres(join(at.secrets, 'password'), PASSWORD);
    for (const round of [1, 2]) {
      const run = at.start('init');
      expect(await run.exit, `${round}: ${run.output()}`).toBe(0);
      expect(run.output()).toContain('role and database are ready');
    }
    const before = await at.psql(fingerprint);
    expect(await at.start('init').exit).toBe(0);
    expect(await at.psql(fingerprint)).toBe(before);
    const login = { PGHOST: '127.0.0.1', PGUSER: names.role, PGPASSWORD: PASSWORD };
    expect(await at.psql('select current_user', login)).toBe(names.role);
    await expect(at.psql('select 1', { ...login, PGPASSWORD: 'wrong' })).rejects.toThrow(
      'password authentication failed',
    );
    expect(
      await at.psql(
        `select datname, pg_get_userbyid(datdba) from pg_database where datistemplate is false and datname <> 'postgres' order by oid`,
      ),
    ).toBe(`${names.database}|${names.role}\nsecond|${names.role}`);
    expect(readdirSync(at.secrets)).toEqual(['password']);
  });

  test('init and gate take names that are fetched, hostile ones too, and refuse what means the server itself', async () => {
    const [database] = databases('not its name');
    if (database === undefined) throw new Error('no database');
    const lookup = '{{ key "x" }}';
    const at = await dirs(shell, { databases: [{ ...database, lookup }], role: 'not its role', roleLookup: lookup });
    await server(at);
    const names = { role: `ro"le'; $x \`y\` \\ :"z" ü`, database: `da"ta'base :'a' $(b) -- 😀` };
    writeAsPostgres(join(at.secrets, 'password'), PASSWORD);
    writeAsPostgres(join(at.secrets, 'database-1'), `${names.database}\n`);
    for (const [role, why] of [
      ['', 'the name of the role is empty'],
      ['<no value>', 'the name of the role is empty'],
      ['a\nb', 'more than one line'],
      ['postgres', "which is the server's own"],
      ['pg_monitor', "which is the server's own"],
      ['x'.repeat(64), 'longer than 63 bytes'],
    ] as const) {
      writeAsPostgres(join(at.secrets, 'role'), role);
      const run = at.start('init');
      expect(await run.exit, role).toBe(1);
      expect(run.output()).toContain(why);
    }
    writeAsPostgres(join(at.secrets, 'role'), names.role);
    for (const round of [1, 2]) {
      const run = at.start('init');
      expect(await run.exit, `${round}: ${run.output()}`).toBe(0);
    }
    expect(
      await at.psql(
        "select datname, pg_get_userbyid(datdba) from pg_database where datname !~ '^(postgres|template.)$'",
      ),
    ).toBe(`${names.database}|${names.role}`);
    const login = { PGHOST: '127.0.0.1', PGUSER: names.role, PGPASSWORD: PASSWORD };
    expect(await at.psql('select current_user', login)).toBe(names.role);

    const gate = at.start('gate');
    cleanups.push(() => void gate.child.kill('SIGKILL'));
    await eventually('a message', async () => (gate.output().includes('it is now: unmarked') ? true : undefined));
    await at.psql("insert into dbctl.marker values ('speedtest', 'not its name', 'verified', 'r', now())");
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(gate.child.exitCode, 'another name is marked').toBeNull();
    await at.psql(
      "insert into dbctl.marker select 'speedtest', datname, 'verified', 'r', now() from pg_database where datname like 'da%'",
    );
    expect(await gate.exit, gate.output()).toBe(0);
  });

  test('the password is in no log of the server', async () => {
    const at = await dirs(shell);
    const run = await server(at);
    await at.psql(
      "alter system set log_statement='all'; alter system set log_min_duration_statement=0; select pg_reload_conf()",
    );
    writeAsPostgres(join(at.secrets, 'password'), 'hunter2-and-more');
    const init = at.start('init');
    expect(await init.exit, init.output()).toBe(0);
    expect(run.output()).toContain('CREATE ROLE');
    expect(run.output() + init.output()).not.toContain('hunter2');
  });

  test('init takes over a new password, and leaves a closed role and a marked database alone', async () => {
    const at = await dirs(shell);
    await server(at);
    writeAsPostgres(join(at.secrets, 'password'), 'one');
    expect(await at.start('init').exit).toBe(0);
    writeAsPostgres(join(at.secrets, 'password'), 'two');
    expect(await at.start('init').exit).toBe(0);
    expect(await at.psql('select 1', { PGHOST: '127.0.0.1', PGUSER: 'speedtest', PGPASSWORD: 'two' })).toBe('1');

    await at.psql('alter role speedtest nologin');
    writeAsPostgres(join(at.secrets, 'password'), 'three');
    const closed = await at.psql(fingerprint);
    expect(await at.start('init').exit).toBe(0);
    expect(await at.psql(fingerprint)).toBe(closed);

    await at.psql(
      "insert into dbctl.marker values ('speedtest', 'speedtest', 'importing', 'r', now()); drop database speedtest",
    );
    expect(await at.start('init').exit).toBe(0);
    expect(await at.psql("select count(*) from pg_database where datname = 'speedtest'")).toBe('0');
    await at.psql("update dbctl.marker set state = 'verified'");
    const gone = at.start('init');
    expect(await gone.exit).not.toBe(0);
    expect(gone.output()).toContain('the verified database is gone');
  });

  test('init refuses a password that is empty or has two lines, and a server that lets everyone in', async () => {
    const at = await dirs(shell);
    await server(at);
    for (const [password, message] of [
      ['', 'an empty password'],
      ['a\nb', 'more than one line'],
    ] as const) {
      writeAsPostgres(join(at.secrets, 'password'), password);
      const run = at.start('init');
      expect(await run.exit).toBe(1);
      expect(run.output()).toContain(message);
    }
    writeAsPostgres(join(at.secrets, 'password'), 'right');
    writeAsPostgres(join(at.mount, 'pgdata', 'pg_hba.conf'), 'local all all peer\nhost all all 127.0.0.1/32 trust\n');
    await at.psql('select pg_reload_conf()');
    const open = at.start('init');
    expect(await open.exit).toBe(1);
    expect(open.output()).toContain('lets a wrong password in');
  });

  test('the gate opens for a verified database only, and at once', async () => {
    const at = await dirs(shell, { databases: databases('speedtest', 'speedtest_log') });
    const gate = at.start('gate');
    cleanups.push(() => void gate.child.kill('SIGKILL'));
    await eventually('a message', async () => (gate.output().includes('it is now: no answer') ? true : undefined));
    await server(at);
    const mark = (state: string, database: string): Promise<string> =>
      at.psql(`create schema if not exists dbctl; create table if not exists dbctl.marker (service text, database text, state text, run text, at timestamptz, primary key (service, database));
insert into dbctl.marker values ('speedtest', '${database}', '${state}', 'r', now()) on conflict (service, database) do update set state = excluded.state`);
    await mark('verified', 'speedtest');
    await mark('verified', 'postgres');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(gate.child.exitCode, 'the marked database is not there').toBeNull();
    await mark('importing', 'speedtest');
    await at.psql('create database speedtest');
    await at.psql('create database speedtest_log');
    await mark('verified', 'speedtest_log');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(gate.child.exitCode).toBeNull();
    const opened = Date.now();
    await mark('verified', 'speedtest');
    expect(await gate.exit).toBe(0);
    expect(Date.now() - opened).toBeLessThan(1000);
    expect(
      gate
        .output()
        .split('\n')
        .filter((line) => line.includes('waiting')),
    ).toHaveLength(1);
  });

  test('the toolbox keeps its folders to itself and ends at once', async () => {
    const at = await dirs(shell);
    const run = at.start('toolbox');
    await eventually('folders', async () =>
      existsSync(join(at.env['NOMAD_ALLOC_DIR'] ?? '', 'dbctl')) ? true : undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(statSync(at.backups).mode & 0o777).toBe(0o700);
    const started = Date.now();
    run.child.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(Date.now() - started).toBeLessThan(500);
  });
});
