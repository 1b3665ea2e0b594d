import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBackSql, dropBackSql, takeNameSql } from '../../../src/engines/postgres/back.js';
import { allowConnectionsSql, tombstoneStateSql } from '../../../src/engines/postgres/closed-state.js';
import { type DatabaseIdentityRow, identitySql } from '../../../src/engines/postgres/identity.js';
import { backName, tombstoneName } from '../../../src/engines/postgres/names.js';
import { emptyCheckSql } from '../../../src/engines/postgres/target.js';
import { tombstoneSql } from '../../../src/engines/postgres/tombstone.js';
import { sqlIdent } from '../../../src/shared/quote.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';
import { RUN } from '../../support/toolbox.js';

const DB = `app "db' \\ x=1`;
const BACK = backName(DB, RUN);
const OLD = tombstoneName(DB, RUN);
const LIKE = { encoding: 'UTF8', collate: 'C', ctype: 'C' };

describe('the way back on the shared instance', () => {
  let server: TestCluster;
  let identity: DatabaseIdentityRow;

  beforeAll(async () => {
    server = await startCluster({ fresh: true });
  });
  afterAll(async () => {
    await server.stop();
  });

  beforeEach(async () => {
    for (const name of [DB, BACK, OLD]) {
      await server.psql(
        `select format('alter database %I allow_connections true', datname) from pg_database where datname = '${name.replaceAll("'", "''")}' \\gexec`,
      );
      await server.psql(`drop database if exists ${sqlIdent(name)} with (force);`);
    }
    await server.psql(`create database ${sqlIdent(DB)};`);
    identity = ((await server.json(identitySql(DB))) as DatabaseIdentityRow[])[0] as DatabaseIdentityRow;
    await server.psql(createBackSql({ name: BACK, run: RUN, like: LIKE }));
    await server.psql('create table home (i int); insert into home values (7);', { database: BACK });
  });

  const source = () => ({
    database: DB,
    oid: identity.oid,
    systemIdentifier: identity.systemIdentifier,
    tombstone: OLD,
  });
  const takeName = (systemIdentifier = identity.systemIdentifier, check = true) =>
    server.psql(takeNameSql({ database: DB, back: BACK, run: RUN, systemIdentifier, emptyCheck: emptyCheckSql() }), {
      check,
    });
  const rowsOf = async (database: string) => (await server.psql('select i from home', { database })).stdout.trim();

  it('gives the restored database the live name, once the source has its tombstone; twice is once', async () => {
    await server.psql(tombstoneSql(source()));
    await takeName();
    await takeName();
    expect(await rowsOf(DB)).toBe('7');
    expect((await server.json(identitySql(BACK))).length).toBe(0);
  });

  it('drops an empty database that the init of the shared job made again under the live name', async () => {
    await server.psql(tombstoneSql(source()));
    await server.psql(`create database ${sqlIdent(DB)};`);
    await takeName();
    expect(await rowsOf(DB)).toBe('7');
  });

  it('refuses a database with content under the live name, and touches nothing', async () => {
    await server.psql(tombstoneSql(source()));
    await server.psql(`create database ${sqlIdent(DB)};`);
    await server.psql('create table somebodys (i int);', { database: DB });
    const refused = await takeName(undefined, false);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('not empty');
    expect((await server.psql('select count(*) from somebodys', { database: DB })).stdout.trim()).toBe('0');
    expect(await rowsOf(BACK)).toBe('7');
  });

  it('refuses on another server than the recorded one', async () => {
    await server.psql(tombstoneSql(source()));
    expect((await takeName('7000000000000000001', false)).stderr).toContain('not the recorded server');
    expect(await rowsOf(BACK)).toBe('7');
  });

  it("drops only a database that carries this run's mark; an absent one is fine", async () => {
    await server.psql(`comment on database ${sqlIdent(BACK)} is 'mine';`);
    const refused = await server.psql(dropBackSql({ name: BACK, run: RUN }), { check: false });
    expect(refused.stderr).toContain('does not carry the mark');
    expect(await rowsOf(BACK)).toBe('7');
    await server.psql(createBackSql({ name: BACK, run: RUN, like: LIKE }));
    await server.psql(dropBackSql({ name: BACK, run: RUN }));
    await server.psql(dropBackSql({ name: BACK, run: RUN }));
    expect((await server.json(identitySql(BACK))).length).toBe(0);
  });

  it('opens a tombstone for reading and closes it again; its state is told while it exists', async () => {
    await server.psql(`alter database ${sqlIdent(DB)} connection limit 0;`);
    await server.psql(tombstoneSql(source()));
    const state = async () => (await server.json(tombstoneStateSql(source())))[0];
    expect(await state()).toMatchObject({ name: OLD, closed: true, connLimit: 0, sessions: 0, namesake: null });
    await server.psql(allowConnectionsSql(source(), true));
    await server.psql(allowConnectionsSql(source(), true));
    expect(await state()).toMatchObject({ closed: false, connLimit: 0, sessions: 0 });
    await server.psql(allowConnectionsSql(source(), false));
    expect(await state()).toMatchObject({ name: OLD, closed: true, connLimit: 0, sessions: 0, namesake: null });
    await server.psql(`drop database ${sqlIdent(OLD)};`);
    expect(await state()).toMatchObject({ name: null, closed: false, systemIdentifier: source().systemIdentifier });
  });
});
