import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBackSql, dropBackSql } from '../../../src/engines/postgres/back.js';
import { type DatabaseIdentityRow, identitySql } from '../../../src/engines/postgres/identity.js';
import { beforeName, restoreName } from '../../../src/engines/postgres/names.js';
import {
  closeLiveSql,
  dropAsideSql,
  openLiveSql,
  reversed,
  type SwapPair,
  swapSql,
} from '../../../src/engines/postgres/swap.js';
import { sqlIdent, sqlLiteral } from '../../../src/shared/quote.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';
import { RUN } from '../../support/toolbox.js';

const NAMES = [`app "db' \\ x=1 %I`, 'ünï — 漢字 '.repeat(3).trim()] as const;
const LIKE = { encoding: 'UTF8', collate: 'C', ctype: 'C' };

describe('names of several databases change hands', () => {
  let server: TestCluster;
  let pairs: SwapPair[];
  let systemIdentifier: string;

  beforeAll(async () => {
    server = await startCluster({ fresh: true });
  });
  afterAll(async () => {
    await server.stop();
  });

  const identity = async (name: string): Promise<DatabaseIdentityRow | undefined> =>
    ((await server.json(identitySql(name))) as DatabaseIdentityRow[])[0];
  const known = async (name: string): Promise<DatabaseIdentityRow> =>
    (await identity(name)) ?? expect.fail(`no database ${name}`);
  const holds = async (database: string) => (await server.psql('select what from it', { database })).stdout.trim();
  const swap = () => ({ systemIdentifier, pairs });

  beforeEach(async () => {
    const all = NAMES.flatMap((name) => [name, restoreName(name, RUN), beforeName(name, RUN)]);
    for (const name of all) {
      await server.psql(
        `select format('alter database %I allow_connections true', datname) from pg_database where datname = ${sqlLiteral(name)} \\gexec`,
      );
      await server.psql(`drop database if exists ${sqlIdent(name)} with (force);`);
    }
    pairs = [];
    for (const name of NAMES) {
      const made = restoreName(name, RUN);
      await server.psql(`create database ${sqlIdent(name)} connection limit 7;`);
      await server.psql(`comment on database ${sqlIdent(name)} is 'the app''s';`);
      await server.psql(createBackSql({ name: made, run: RUN, like: LIKE }));
      await server.psql(`create table it as select 'live'::text as what;`, { database: name });
      await server.psql(`create table it as select 'restored'::text as what;`, { database: made });
      const live = await known(name);
      systemIdentifier = live.systemIdentifier;
      pairs.push({
        database: name,
        leaves: { oid: live.oid, name: beforeName(name, RUN) },
        enters: { oid: (await known(made)).oid, name: made },
        connLimit: 7,
        comment: "the app's",
      });
    }
  });

  it('closes to everybody, ends who was in, and opens again', async () => {
    const [name] = NAMES;
    const held = server.psql('select pg_sleep(60)', { database: name, check: false });
    await expect
      .poll(
        async () => (await server.json(`select count(*) from pg_stat_activity where datname = ${sqlLiteral(name)}`))[0],
      )
      .toBe(1);
    await server.psql(closeLiveSql(swap()));
    await server.psql(closeLiveSql(swap()));
    expect((await held).stderr).toContain('terminating connection');
    const refused = await server.psql('select 1', { database: name, check: false });
    expect(refused.stderr).toContain('not currently accepting connections');
    await server.psql(openLiveSql(swap()));
    await server.psql(openLiveSql(swap()));
    for (const one of NAMES) expect(await holds(one)).toBe('live');
  });

  it('all of them at once; what left is closed under its new name; twice is once', async () => {
    await server.psql(closeLiveSql(swap()));
    await server.psql(swapSql(swap()));
    await server.psql(swapSql(swap()));
    for (const name of NAMES) {
      expect(await holds(name)).toBe('restored');
      expect(await known(name)).toMatchObject({ allowConn: true, connLimit: 7 });
      expect(await known(beforeName(name, RUN))).toMatchObject({ allowConn: false });
    }
    const [comment] = await server.json(
      `select to_json(shobj_description(oid, 'pg_database')) from pg_database where datname = ${sqlLiteral(NAMES[0])}`,
    );
    expect(comment).toBe("the app's");
  });

  it('and back again', async () => {
    await server.psql(swapSql(swap()));
    const back = { systemIdentifier, pairs: reversed(pairs) };
    await server.psql(closeLiveSql(back));
    await server.psql(swapSql(back));
    await server.psql(swapSql(back));
    for (const name of NAMES) {
      expect(await holds(name)).toBe('live');
      expect(await known(restoreName(name, RUN))).toMatchObject({ allowConn: false });
    }
  });

  it('none of them when one cannot', async () => {
    await server.stop();
    server = await startCluster({ fresh: true, settings: ['max_prepared_transactions=2'] });
    await server.psql(`create database a; create database b;`);
    await server.psql(createBackSql({ name: 'ra', run: RUN, like: LIKE }));
    await server.psql(createBackSql({ name: 'rb', run: RUN, like: LIKE }));
    await server.psql(`begin; create table t (i int); prepare transaction 'stuck';`, { database: 'b' });
    const two: SwapPair[] = [];
    for (const name of ['a', 'b'])
      two.push({
        database: name,
        leaves: { oid: (await known(name)).oid, name: `${name}_before` },
        enters: { oid: (await known(`r${name}`)).oid, name: `r${name}` },
        connLimit: -1,
        comment: null,
      });
    const id = (await known('a')).systemIdentifier;
    const refused = await server.psql(swapSql({ systemIdentifier: id, pairs: two }), { check: false });
    expect(refused.stderr).toContain('being accessed by other users');
    for (const { database, leaves } of two) expect((await known(database)).oid).toBe(leaves?.oid);
    await server.psql(`rollback prepared 'stuck';`, { database: 'b' });
    await server.psql(swapSql({ systemIdentifier: id, pairs: two }));
    for (const { database, enters } of two) expect((await known(database)).oid).toBe(enters.oid);
  });

  it('takes the place of one that somebody dropped', async () => {
    const [name] = NAMES;
    await server.psql(`drop database ${sqlIdent(name)};`);
    const [first, ...rest] = pairs;
    if (!first) expect.fail('no pair');
    pairs = [{ ...first, leaves: null }, ...rest];
    await server.psql(closeLiveSql(swap()));
    await server.psql(swapSql(swap()));
    for (const one of NAMES) expect(await holds(one)).toBe('restored');
    expect(reversed(pairs).map(({ database }) => database)).toEqual(NAMES.slice(1));
  });

  it('refuses when a name or an oid is not the recorded one, or on another server', async () => {
    const [name] = NAMES;
    await server.psql(`alter database ${sqlIdent(name)} rename to moved; create database ${sqlIdent(name)};`);
    const refused = await server.psql(swapSql(swap()), { check: false });
    expect(refused.stderr).toContain('does not have its recorded oid');
    const other = await server.psql(swapSql({ systemIdentifier: '7000000000000000001', pairs }), { check: false });
    expect(other.stderr).toContain('another server');
    for (const one of NAMES.slice(1)) expect(await holds(one)).toBe('live');
    await server.psql(`drop database moved;`);
  });

  it('drops what waits aside only while it is closed and the recorded one', async () => {
    const [pair] = pairs;
    if (!pair?.leaves) expect.fail('no pair');
    const live = await server.psql(dropAsideSql({ ...pair.leaves, name: pair.database }, systemIdentifier), {
      check: false,
    });
    expect(live.stderr).toContain('not closed');
    await server.psql(swapSql(swap()));
    await server.psql(dropAsideSql(pair.leaves, systemIdentifier));
    await server.psql(dropAsideSql(pair.leaves, systemIdentifier));
    expect(await identity(pair.leaves.name)).toBeUndefined();
    expect(await holds(pair.database)).toBe('restored');
    const marked = await server.psql(dropBackSql({ name: pair.database, run: RUN }), { check: false });
    expect(marked.stderr).toContain('does not carry the mark');
  });
});
