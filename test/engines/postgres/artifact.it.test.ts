import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareEvidence, parseEvidence } from '../../../src/engines/postgres/evidence.js';
import { runAsPostgres, startCluster, type TestCluster, writeAsPostgres } from '../../support/postgres.js';
import { dumpStep, makeStep, restoreStep, runStep } from '../../support/toolbox.js';

describe('the dump as an artifact', () => {
  let server: TestCluster;
  let out: string;
  const count = { n: 0 };
  const next = (): string => `s${count.n++}`;

  beforeAll(async () => {
    server = await startCluster();
    await server.createDatabase('origin');
    await server.psql(
      "create table a as select i, repeat('x', 100) as t from generate_series(1, 2000) i; create table b (i int); select lo_from_bytea(5, 'hello');",
      { database: 'origin' },
    );
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    out = (await dumpStep(server, 'origin', { name: next() })).out;
    await server.psql('drop database if exists copy with (force); create database copy;');
  });

  const data = (): string => {
    const name = readdirSync(join(out, 'dump')).find(
      (file) => /^\d+\.dat$/.test(file) && readFileSync(join(out, 'dump', file)).length > 1000,
    );
    if (name === undefined) throw new Error('no data file');
    return join(out, 'dump', name);
  };

  const refused = async (exit: number): Promise<string> => {
    const result = await restoreStep(server, 'copy', out, { name: next() });
    expect(result.code).toBe(exit);
    const relations = await server.psql("select count(*) from pg_class where relname in ('a', 'b')", {
      database: 'copy',
    });
    return `${relations.stdout.trim()} ${result.stdout}`;
  };

  it('has a manifest with what is needed to judge it', async () => {
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      schema: 'dbctl.manifest/1',
      run: '20261120-211530-ab12',
      source: { database: 'origin', encoding: 'UTF8' },
    });
    const checked = await runAsPostgres('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: out });
    expect(checked.code).toBe(0);
  });

  it('is refused when a byte is flipped, a file cut, gone or added, or the manifest is missing', async () => {
    const bytes = readFileSync(data());
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(500) ^ 1, 500);
    writeFileSync(data(), flipped);
    expect(await refused(21)).toMatch(/^0 .*FAILED/s);
    const file = data();
    writeFileSync(file, bytes);
    truncateSync(file, 900);
    expect(await refused(21)).toMatch(/^0 /);
    rmSync(file);
    expect(await refused(21)).toMatch(/^0 /);
    writeFileSync(file, bytes, { mode: 0o644 });
    writeFileSync(join(out, 'dump', 'stranger'), 'x');
    expect(await refused(21)).toMatch(/^0 /);
    rmSync(join(out, 'dump', 'stranger'));
    const evidence = readFileSync(join(out, 'evidence.jsonl'), 'utf8');
    writeFileSync(join(out, 'evidence.jsonl'), evidence.replace('"rows" : 2000', '"rows" : 1999'));
    expect(await refused(21)).toMatch(/^0 /);
    writeFileSync(join(out, 'evidence.jsonl'), evidence);
    rmSync(join(out, 'manifest.json'));
    expect(await refused(21)).toMatch(/^0 /);
  });

  it('is refused when the manifest is not the one that was recorded', async () => {
    const result = await restoreStep(server, 'copy', out, { name: next(), env: { MANIFEST_SHA256: '0'.repeat(64) } });
    expect(result.code).toBe(21);
  });

  it.each([
    ['a table', 'create table mine (i int);'],
    ['a function', "create function f() returns int language sql as 'select 1';"],
    ['an empty schema', 'create schema mine;'],
    ['a large object', 'select lo_create(0);'],
    ['a type', 'create type mine as enum ();'],
  ])('is not restored over %s', async (_what, sql) => {
    await server.psql(sql, { database: 'copy' });
    const result = await restoreStep(server, 'copy', out, { name: next() });
    expect(result.code).toBe(20);
  });

  it('leaves nothing behind when the dump fails half way', async () => {
    const failed = await runStep({
      cluster: server,
      database: 'origin',
      name: next(),
      script: 'dump.sh',
      env: { OUT: join(server.scratch, 'half'), LOCK_WAIT: '1', PGUSER: 'nobody_there' },
    });
    expect(failed.code).toBe(23);
    expect(existsSync(join(server.scratch, 'half'))).toBe(false);
    expect(existsSync(join(server.scratch, 'half.part'))).toBe(false);
    const again = await runStep({
      cluster: server,
      database: 'origin',
      name: next(),
      script: 'dump.sh',
      env: { OUT: out },
    });
    expect(again.code).toBe(22);
  });

  it('fails within its bound when somebody holds a table, and removes what it wrote', async () => {
    const hold = "set application_name = 'holder'; begin; lock table a; select pg_sleep(100); rollback;";
    const holder = server.psql(hold, { database: 'origin', check: false });
    const locks = "select count(*)::int from pg_locks where relation = 'a'::regclass and mode = 'AccessExclusiveLock'";
    await expect.poll(() => server.json(locks, { database: 'origin' }), { timeout: 30_000 }).toEqual([1]);
    const half = join(server.scratch, 'locked');
    const failed = await runStep({
      cluster: server,
      database: 'origin',
      name: next(),
      script: 'dump.sh',
      env: { OUT: half, LOCK_WAIT: '1' },
    });
    await server.psql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holder'");
    await holder;
    expect(failed.code).toBe(23);
    expect(existsSync(`${half}.part`)).toBe(false);
  });

  it('leaves nothing that belongs to the role it was restored by, extensions included', async () => {
    await server.psql(`drop role if exists runner; create role runner superuser login password 'run secret';
\\c origin
create extension if not exists pgcrypto;`);
    const passfile = join(server.scratch, next());
    writeAsPostgres(passfile, '*:*:*:*:run secret\n', 0o600);
    const { out: dump } = await dumpStep(server, 'origin', { name: next() });
    const env = { PGHOST: '127.0.0.1', PGUSER: 'runner', PGPASSFILE: passfile };
    const restored = await restoreStep(server, 'copy', dump, { name: next(), env });
    expect(restored.code, restored.stdout).toBe(0);
    const owned = await server.psql('select extname, extowner::regrole from pg_extension order by 1', {
      database: 'copy',
    });
    expect(owned.stdout).toContain('pgcrypto|postgres');
    await server.psql('drop role runner');
  });

  it('restores with several sessions as well as with one', async () => {
    const env = { SMALL_BYTES: '0', JOBS: '2' };
    const parallel = await dumpStep(server, 'origin', { name: next(), env });
    const restored = await restoreStep(server, 'copy', parallel.out, { name: next(), env });
    expect(restored.stdout).toContain('2 sessions');
    expect(restored.code).toBe(0);
    const [from, to] = [parallel, restored].map((step) => parseEvidence(step.file('evidence.jsonl')));
    if (from === undefined || to === undefined) throw new Error('no evidence');
    expect(compareEvidence(from, to, { sequences: 'equal' }).catalogDiff).toEqual([]);
  });

  it('is one snapshot, whatever is written meanwhile', async () => {
    const stop = { now: false };
    const writer = (async () => {
      while (!stop.now)
        await server.psql('insert into b select generate_series(1, 100); update a set t = t where i < 50;', {
          database: 'origin',
        });
    })();
    const live = await dumpStep(server, 'origin', { name: next() });
    stop.now = true;
    await writer;
    const restored = await restoreStep(server, 'copy', live.out, { name: next() });
    expect(restored.code).toBe(0);
    const rows = (text: string): string[] =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{"k" : "table"'))
        .sort();
    expect(rows(restored.file('evidence.jsonl'))).toEqual(rows(live.file('evidence.jsonl')));
  });
});

describe('the detached harness', () => {
  let server: TestCluster;
  beforeAll(async () => {
    server = await startCluster();
  });
  afterAll(async () => {
    await server.stop();
  });

  const run = (shell: readonly string[], ...args: string[]) => {
    const [command = 'sh', ...rest] = shell;
    return runAsPostgres(command, [...rest, ...args], { env: { PATH: server.env['PATH'] } });
  };
  const until = async (dir: string, word: string): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      if ((await run(['sh'], `${dir}/run.sh`, '--state', dir)).stdout.trim() === word) return;
      await sleep(100);
    }
    throw new Error(`never ${word}`);
  };
  const status = (dir: string): { exit: number; results: { name: string; sha256: string }[] } =>
    JSON.parse(readFileSync(join(dir, 'status'), 'utf8')) as {
      exit: number;
      results: { name: string; sha256: string }[];
    };

  it.each([
    ['dash', ['dash']],
    ['busybox', ['busybox', 'sh']],
  ] as const)('runs once however often it is started (%s)', async (label, shell) => {
    const script =
      'echo once >>count; until [ -e go ]; do sleep 0.1; done; echo out; echo result >r.txt; echo r.txt >results\n';
    const dir = makeStep({ cluster: server, database: 'postgres', name: `h-${label}`, script });
    const started = await Promise.all([1, 2, 3, 4].map(() => run(shell, `${dir}/run.sh`, dir)));
    expect(started.map(({ stdout }) => stdout.trim()).sort()).toEqual(['running', 'running', 'running', 'started']);
    writeAsPostgres(join(dir, 'go'), '');
    await until(dir, 'finished');
    expect((await run(shell, `${dir}/run.sh`, dir)).stdout.trim()).toBe('finished');
    expect(readFileSync(join(dir, 'count'), 'utf8')).toBe('once\n');
    expect(readFileSync(join(dir, 'log'), 'utf8')).toContain('out');
    expect(status(dir)).toMatchObject({ exit: 0, results: [{ name: 'r.txt', bytes: 7 }] });
  });

  it('tells the exit code of a job that fails', async () => {
    const dir = makeStep({ cluster: server, database: 'postgres', name: 'h-fail', script: 'exit 21\n' });
    await run(['sh'], `${dir}/run.sh`, dir);
    await until(dir, 'finished');
    expect(status(dir)).toMatchObject({ exit: 21, results: [] });
  });

  it('ends the whole group when it is told to, and says that it was ended', async () => {
    const dir = makeStep({
      cluster: server,
      database: 'postgres',
      name: 'h-kill',
      script: 'sleep 600 & echo $! >child; wait\n',
    });
    await run(['sh'], `${dir}/run.sh`, dir);
    await until(dir, 'running');
    await sleep(300);
    const killed = await run(['sh'], `${dir}/run.sh`, '--kill', dir);
    expect(killed.stdout.trim()).toBe('finished');
    expect(status(dir).exit).toBe(143);
    const child = readFileSync(join(dir, 'child'), 'utf8').trim();
    // Ended, but its new parent may not have asked for its status yet.
    const stat = existsSync(`/proc/${child}/stat`) ? readFileSync(`/proc/${child}/stat`, 'utf8') : ') Z';
    expect(stat).toContain(') Z');
  });

  it('says lost when the process died without a word, also when its number is in use again', async () => {
    const dir = makeStep({ cluster: server, database: 'postgres', name: 'h-lost', script: 'sleep 600\n' });
    await run(['sh'], `${dir}/run.sh`, dir);
    await sleep(500);
    const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
    process.kill(-pid, 'SIGKILL');
    await until(dir, 'lost');
    writeFileSync(join(dir, 'pid'), `${process.pid}\n`);
    await until(dir, 'lost');
    expect((await run(['sh'], `${dir}/run.sh`, '--kill', dir)).stdout.trim()).toBe('lost');
  });
});
