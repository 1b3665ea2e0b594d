import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  checkFenceSql,
  closeSql,
  dropTombstoneSql,
  type FenceRecord,
  recordFenceSql,
  reopenSql,
  sessionsLeftSql,
  terminateSql,
  tombstoneSql,
  untombstoneSql,
} from '../../../src/engines/postgres/fence.js';
import { type DatabaseIdentityRow, identitySql } from '../../../src/engines/postgres/identity.js';
import { tombstoneName } from '../../../src/engines/postgres/names.js';
import { scramVerifier } from '../../../src/engines/postgres/scram.js';
import { createTempRoleSql, dropTempRoleSql } from '../../../src/engines/postgres/temp-role.js';
import { sqlIdent } from '../../../src/shared/quote.js';
import { Secret } from '../../../src/shared/secret.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';
import { RUN } from '../../support/toolbox.js';

const PASSWORD = 'pa$$ w"o\'rd\\ é';
const ROLE = `app "role' é`;
const DB = `app "db' \\ x`;

describe('the fence', () => {
  let server: TestCluster;

  beforeAll(async () => {
    server = await startCluster({ fresh: true });
  });
  afterAll(async () => {
    await server.stop();
  });

  let record: FenceRecord;
  const asApp = (script: string, check = true) =>
    server.psql(script, { tcp: true, user: ROLE, password: PASSWORD, database: DB, check });

  const refresh = async (): Promise<FenceRecord> => {
    const [row] = await server.json(recordFenceSql({ database: DB, role: ROLE }));
    return row as FenceRecord;
  };

  beforeEach(async () => {
    const verifier = scramVerifier(new Secret(PASSWORD), { salt: Buffer.alloc(16, 7) }).reveal();
    await server.psql(`drop database if exists ${sqlIdent(DB)} with (force);
drop database if exists ${sqlIdent(tombstoneName(DB, RUN))};
drop database if exists other;
drop role if exists ${sqlIdent(ROLE)}; drop role if exists helper; drop role if exists viewer;
create role ${sqlIdent(ROLE)} login connection limit 40 password '${verifier}';
create role helper; create role viewer;
create database ${sqlIdent(DB)} owner ${sqlIdent(ROLE)} connection limit 33;`);
    await asApp(
      'create table t (i int); grant connect, create on database "app ""db\' \\ x" to helper with grant option;',
    );
    await server.psql(`set role helper; grant connect on database ${sqlIdent(DB)} to viewer;`);
    record = await refresh();
  });

  it('records what it changes, and sees that the role is exclusive', () => {
    expect(record).toMatchObject({
      database: DB,
      owner: ROLE,
      connLimit: 33,
      role: ROLE,
      roleCanLogin: true,
      exclusive: true,
    });
    expect(record.grants).toContainEqual({
      grantee: 'viewer',
      privilege: 'CONNECT',
      grantable: false,
      grantor: 'helper',
    });
  });

  it('stops a rogue writer, also after the rights are granted again by an init script', async () => {
    const writer = { stop: false, ok: 0, failed: 0 };
    const loop = (async () => {
      while (!writer.stop) {
        const { code } = await asApp('insert into t values (1); select pg_sleep(0.01);', false);
        if (code === 0) writer.ok++;
        else writer.failed++;
      }
    })();
    const long = asApp('begin; insert into t values (2); select pg_sleep(60); commit;', false);
    await sleep(700);
    await server.psql(closeSql(record));
    for (let i = 0; i < 50; i++) {
      await server.psql(terminateSql(record));
      if ((await server.json(sessionsLeftSql(record))).length === 0) break;
      await sleep(50);
    }
    expect(await server.json(checkFenceSql(record))).toEqual([]);
    const rows = async () => (await server.psql('select count(*) from t', { database: DB })).stdout.trim();
    const counted = await rows();
    expect((await long).code).not.toBe(0);
    await server.psql(`grant all on database ${sqlIdent(DB)} to ${sqlIdent(ROLE)};`);
    await sleep(500);
    writer.stop = true;
    await loop;
    expect(await rows()).toBe(counted);
    expect(Number(counted)).toBeGreaterThan(0);
    expect(writer.failed).toBeGreaterThan(0);
    expect(await server.json(checkFenceSql(record))).toEqual([]);
  });

  it('ends no session of another database', async () => {
    await server.createDatabase('other');
    const bystander = server.psql('select pg_sleep(3);', { database: 'other' });
    await sleep(300);
    const ended = await server.json(terminateSql(record));
    expect(ended).toEqual([]);
    expect((await bystander).code).toBe(0);
  });

  it('still holds by its connection limit when the login is given back', async () => {
    await server.psql(closeSql(record));
    await server.psql(
      `alter role ${sqlIdent(ROLE)} login; grant all on database ${sqlIdent(DB)} to ${sqlIdent(ROLE)};`,
    );
    expect((await asApp('select 1', false)).stderr).toContain('too many connections');
    const owner = await asApp(`alter database "app ""db' \\ x" connection limit 10`, false);
    expect(owner.code).not.toBe(0);
  });

  it('leaves the login of a role alone that another database needs', async () => {
    await server.psql(`create database other owner ${sqlIdent(ROLE)};`);
    const shared = await refresh();
    expect(shared.exclusive).toBe(false);
    await server.psql(closeSql(shared));
    const there = await server.psql('select 1', { tcp: true, user: ROLE, password: PASSWORD, database: 'other' });
    expect(there.code).toBe(0);
    expect((await asApp('select 1', false)).code).not.toBe(0);
    expect(await server.json(checkFenceSql(shared))).toEqual([]);
  });

  it.each([
    ['the limit', () => `alter database ${sqlIdent(DB)} connection limit 5;`, 'connection limit is 5'],
    ['the owner', () => `alter database ${sqlIdent(DB)} owner to ${sqlIdent(ROLE)};`, 'the owner is'],
    ['the name', () => `alter database ${sqlIdent(DB)} rename to other;`, 'not there any more'],
    ['a superuser', () => `alter role ${sqlIdent(ROLE)} superuser login;`, 'superuser'],
  ])('says what opened it again: %s', async (_what, break_, expected) => {
    await server.psql(closeSql(record));
    await server.psql(break_());
    const problems = JSON.stringify(await server.json(checkFenceSql(record)));
    expect(problems).toContain(expected);
  });

  it('opens again exactly as it was, twice as well as once', async () => {
    await server.psql(closeSql(record));
    await server.psql(closeSql(record));
    expect(await refresh()).not.toEqual(record);
    await server.psql(reopenSql(record));
    await server.psql(reopenSql(record));
    expect(await refresh()).toEqual(record);
    expect((await asApp('insert into t values (3)')).code).toBe(0);
  });

  it('opens a database with untouched default rights to the same effective rights', async () => {
    await server.createDatabase('other');
    const of = { database: 'other', role: ROLE };
    const [before] = (await server.json(recordFenceSql(of))) as FenceRecord[];
    if (before === undefined) throw new Error('no record');
    await server.psql(closeSql(before));
    await server.psql(reopenSql(before));
    expect((await server.json(recordFenceSql(of)))[0]).toEqual(before);
  });

  it('takes the login of a role that uses several databases once all of them move together', async () => {
    await server.psql(`create database other owner ${sqlIdent(ROLE)}`);
    const together = [DB, 'other'];
    const alone = (await server.json(recordFenceSql({ database: DB, role: ROLE }))) as FenceRecord[];
    expect(alone[0]?.exclusive).toBe(false);
    const records: FenceRecord[] = [];
    for (const database of together)
      records.push(...((await server.json(recordFenceSql({ database, role: ROLE, together }))) as FenceRecord[]));
    expect(records.map(({ exclusive }) => exclusive)).toEqual([true, true]);
    await server.psql(records.map(closeSql).join('\n'));
    for (const of of records) expect(await server.json(checkFenceSql(of))).toEqual([]);
    expect((await asApp('select 1', false)).code).not.toBe(0);
    await server.psql(records.map(reopenSql).join('\n'));
    expect((await asApp('insert into t values (4)')).code).toBe(0);
    for (const [index, database] of together.entries())
      expect((await server.json(recordFenceSql({ database, role: ROLE, together })))[0]).toEqual(records[index]);
  });

  it('holds for a database that was put aside, under both of its names', async () => {
    await server.psql(closeSql(record));
    const tombstone = tombstoneName(DB, RUN);
    await server.psql(tombstoneSql({ ...record, tombstone }));
    expect(JSON.stringify(await server.json(checkFenceSql(record)))).toContain('not there any more');
    expect(await server.json(checkFenceSql(record, [DB, tombstone]))).toEqual([]);
  });

  it('refuses another oid and another server before it changes anything', async () => {
    for (const wrong of [
      { ...record, oid: record.oid + 1 },
      { ...record, systemIdentifier: '1' },
    ]) {
      for (const script of [closeSql(wrong), terminateSql(wrong), reopenSql(wrong)]) {
        const refused = await server.psql(script, { check: false });
        expect(refused.code).toBe(3);
        expect(refused.stderr).toContain('DB001');
      }
    }
    expect(await refresh()).toEqual(record);
  });

  it('puts the source aside, gives it back, and drops it only under its tombstone', async () => {
    const tombstone = tombstoneName(DB, RUN);
    const of = { ...record, tombstone };
    await server.psql(closeSql(record));
    expect((await server.psql(dropTombstoneSql(of), { check: false })).stderr).toContain('DB001');
    await server.psql(tombstoneSql(of));
    await server.psql(tombstoneSql(of));
    await server.createDatabase(DB);
    expect((await server.psql(untombstoneSql(of), { check: false })).stderr).toContain('DB002');
    await server.psql(tombstoneSql(of));
    await server.psql(`drop database ${sqlIdent(DB)};`);
    await server.psql(untombstoneSql(of));
    await server.psql(reopenSql(record));
    expect(await refresh()).toEqual(record);

    await server.psql(closeSql(record));
    await server.psql(tombstoneSql(of));
    const wrong = await server.psql(dropTombstoneSql({ ...of, oid: of.oid + 1 }), { check: false });
    expect(wrong.stderr).toContain('DB001');
    const dropped = await server.json(dropTombstoneSql({ ...of, role: ROLE }));
    expect(dropped).toEqual([{ databaseGone: true, roleGone: true, roleKept: null }]);
    expect(await server.json(dropTombstoneSql({ ...of, role: ROLE }))).toEqual(dropped);
  });

  it('keeps a role that something else still needs, and says why', async () => {
    await server.psql(`create database other owner ${sqlIdent(ROLE)};`);
    const of = { ...record, tombstone: tombstoneName(DB, RUN) };
    await server.psql(closeSql(record));
    await server.psql(tombstoneSql(of));
    const [result] = await server.json(dropTombstoneSql({ ...of, role: ROLE }));
    expect(result).toEqual({
      databaseGone: true,
      roleGone: false,
      roleKept: 'other databases hold objects or rights of it',
    });
  });

  it('lets the run itself in through its own role, and nobody else', async () => {
    await server.psql(closeSql(record));
    const name = 'dbctl_20261120_211530_ab12';
    const verifier = scramVerifier(new Secret('run secret'), { salt: Buffer.alloc(16, 9) });
    const script = createTempRoleSql({ name, verifier, validUntil: new Date(Date.now() + 3600_000) });
    await server.psql(script);
    await server.psql(script);
    const inside = await server.psql('select current_user', {
      tcp: true,
      user: name,
      password: 'run secret',
      database: DB,
    });
    expect(inside.stdout.trim()).toBe(name);
    const [row] = (await server.json(identitySql(DB))) as DatabaseIdentityRow[];
    expect(row).toMatchObject({ oid: record.oid, datname: DB, encoding: 'UTF8', connLimit: 0, allowConn: true });
    await server.psql(dropTempRoleSql(name));
    expect(await server.json(dropTempRoleSql(name))).toEqual([{ role: name, gone: true }]);
    await server.psql(`${script}\ncreate schema kept authorization ${sqlIdent(name)};`);
    expect(await server.json(dropTempRoleSql(name))).toEqual([{ role: name, gone: false }]);
    const shut = await server.psql(`select rolcanlogin, rolsuper from pg_roles where rolname = '${name}'`);
    expect(shut.stdout.trim()).toBe('f|f');
    await server.psql('drop schema kept;');
    expect(await server.json(dropTempRoleSql(name))).toEqual([{ role: name, gone: true }]);
    await server.psql('create role viewer2;');
    expect((await server.psql(dropTempRoleSql('viewer2'), { check: false })).stderr).toContain('DB001');
  });
});
