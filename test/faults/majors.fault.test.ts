import { execFile } from 'node:child_process';
import { chmod, copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { expectNothingLost, expectOk, expectRefused, explain } from '../e2e/expectations.js';
import { LabWorld, type Run } from '../e2e/lab-world.js';
import { fault } from './fault.js';

const run = promisify(execFile);
let world: LabWorld;
let inventory: string;

beforeAll(async () => {
  world = await LabWorld.up('fault-majors', { majors: [17, 18, 15], scale: 1 });
  inventory = await readFile(join(world.lab.home, 'dbctl.yaml'), 'utf8');
});

afterAll(async () => {
  await world?.down();
});

/** With these keys more for the service; put back afterwards. */
async function withKeys<T>(keys: string, work: () => Promise<T>): Promise<T> {
  const path = join(world.lab.home, 'dbctl.yaml');
  await writeFile(path, inventory.replace('  speedtest: {', `  speedtest: { ${keys},`));
  try {
    return await work();
  } finally {
    await writeFile(path, inventory);
  }
}

/** A program of the lab's own root, where servers and clients of all its majors are. */
const inRoot = (...path: string[]): string => join(world.lab.dir, 'rootfs', ...path);

async function sql(script: string, database = 'postgres', user = 'postgres'): Promise<string> {
  const { serverAddress, serverPort } = await world.stats();
  const secret = await world.secret(user === 'postgres' ? 'postgres/admin' : `postgres/${user}`);
  const where = ['-h', `${serverAddress}`, '-p', `${serverPort}`, '-U', user, '-d', database];
  const argv = [inRoot(), '/usr/bin/psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', ...where, '-c', script];
  return (await run('chroot', argv, { env: { PATH: '/usr/bin:/bin:/usr/sbin', PGPASSWORD: secret } })).stdout.trim();
}

/** Another file in the place of a client program, for the tasks that start meanwhile. */
async function withProgram<T>(name: string, other: string, work: () => Promise<T>): Promise<T> {
  const path = inRoot('usr/lib/postgresql/18/bin', name);
  await rename(path, `${path}.real`);
  try {
    await copyFile(other, path);
    await chmod(path, 0o755);
    return await work();
  } finally {
    await rename(`${path}.real`, path);
  }
}

async function expectUntouched(before: string): Promise<void> {
  expect(await world.jobspecText()).toBe(before);
  await expectNothingLost(world);
}

const details = (refused: Run): string => refused.json.error?.details.join('\n') ?? '';

describe('25: client and server of different age', () => {
  fault(25, 'target of an older major than the source (17 → 15)', async () => {
    const before = await world.jobspecText();
    const refused = await withKeys('major: 15', () => world.move('migrate'));
    expectRefused(refused, 3, 'PREFLIGHT_FAILED');
    expect(details(refused)).toContain('IMAGE_OLDER');
    await expectUntouched(before);
    return 'exit 3, IMAGE_OLDER, before anything is done';
  });

  fault(25, "the toolbox of an 18 has 15's pg_dump, the source is a 17", async () => {
    const before = await world.jobspecText();
    const older = inRoot('usr/lib/postgresql/15/bin/pg_dump');
    const refused = await withProgram('pg_dump', older, () =>
      withKeys('major: 18', () => world.move('migrate', '--rehearse')),
    );
    expectRefused(refused, 3, 'CLIENT_TOO_OLD');
    expect(details(refused)).toContain('pg_dump 15 is older than the server, PostgreSQL 17');
    await expectUntouched(before);
    return 'exit 3, CLIENT_TOO_OLD in the rehearsal; nothing is left of it, the app never stopped';
  });
});

describe('26: a client from before \\restrict', () => {
  fault(26, 'a psql that says it is 17.5', async () => {
    const before = await world.jobspecText();
    const says = join(world.state, 'psql');
    const real = '/usr/lib/postgresql/18/bin/psql.real';
    await writeFile(
      says,
      `#!/bin/sh\n[ "$1" != --version ] || { echo 'psql (PostgreSQL) 17.5'; exit 0; }\nexec ${real} "$@"\n`,
    );
    const refused = await withProgram('psql', says, () =>
      withKeys('major: 18', () => world.move('migrate', '--rehearse')),
    );
    expectRefused(refused, 3, 'CLIENT_TOO_OLD');
    expect(details(refused)).toContain('psql 17.5 is older than 17.6, which mends CVE-2025-8714');
    await expectUntouched(before);
    return 'exit 3, CLIENT_TOO_OLD, names the release that mends it';
  });
});

describe('23: encoding and collation', () => {
  fault(23, 'a database in SQL_ASCII with bytes that are no text', async () => {
    await sql("create database ascii owner speedtest template template0 encoding 'SQL_ASCII' locale 'C'");
    await sql(
      "set client_encoding = sql_ascii; create table t (a text); insert into t values (E'\\xff\\xfe')",
      'ascii',
    );
    const refused = await withKeys('databases: [speedtest, ascii]', () => world.move('migrate'));
    expectRefused(refused, 3, 'PREFLIGHT_FAILED');
    expect(details(refused)).toContain('SQL_ASCII');
    await sql('drop database ascii');
    return 'exit 3, SQL_ASCII: a copy cannot be proven equal';
  });

  fault(23, 'the C library under the server was changed: another collation version', async () => {
    await sql("create database sorted owner speedtest template template0 locale_provider icu icu_locale 'de'");
    await sql("update pg_database set datcollversion = '100.1' where datname = 'sorted'");
    const plan = await withKeys('databases: [speedtest, sorted]', () => world.dbctl('plan', 'speedtest'));
    expect(plan.stdout.replace(/\s+/g, ' '), explain(plan)).toContain('collation version 100.1, its server has');
    await sql('drop database sorted');
    return 'the plan shows both versions and that the move builds the indexes anew';
  });

  fault(23, 'a LATIN1 database and one sorted by ICU, from 17 to 18 and back', async () => {
    const make = (name: string, how: string): Promise<string> =>
      sql(`create database ${name} owner speedtest template template0 ${how}`);
    await make('latin', "encoding 'LATIN1' locale 'C'");
    await make('icu_de', "locale_provider icu icu_locale 'de-u-kn' locale 'C.UTF-8'");
    for (const name of ['latin', 'icu_de'])
      await sql(
        "create table t (a text primary key); insert into t values ('é'), ('a10'), ('a9'), ('ß')",
        name,
        'speedtest',
      );
    const order = (): Promise<string> => sql("select string_agg(a, ' ' order by a) from t", 'icu_de', 'speedtest');
    const locale = (): Promise<string> =>
      sql(
        "select string_agg(concat_ws(' ', pg_encoding_to_char(encoding), datlocprovider, datlocale), ', ' order by datname) from pg_database where datname in ('latin', 'icu_de')",
        'icu_de',
        'speedtest',
      );
    const before = { order: await order(), locale: await locale() };
    expect(before).toEqual({ order: 'a9 a10 é ß', locale: 'UTF8 i de-u-kn, LATIN1 c' });
    await withKeys('major: 18, databases: [speedtest, latin, icu_de]', async () => {
      const there = await world.move('migrate', '--no-rehearse');
      expectOk(there);
      expect(there.json.evidence?.databases.map(({ match }) => match)).toEqual([true, true, true]);
      expect({ order: await order(), locale: await locale() }).toEqual(before);
      await expectNothingLost(world);
      await newerThanSource();
      expectOk(await world.move('rollback'));
    });
    expect({ order: await order(), locale: await locale() }).toEqual(before);
    await expectNothingLost(world);
    return 'made from template0 with the same encoding, provider and locale; evidence equal both ways';
  });
});

/** The app uses what only an 18 has: the way back fails before its switch, and works once that is gone. */
async function newerThanSource(): Promise<void> {
  await sql('alter table t add column twice text generated always as (a || a) virtual', 'icu_de', 'speedtest');
  const failed = await world.move('rollback');
  expect(failed.json.status, explain(failed)).toBe('undone');
  expect(failed.code, explain(failed)).not.toBe(0);
  await expectNothingLost(world);
  await sql('alter table t drop column twice', 'icu_de', 'speedtest');
}
