import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropStrangersSql } from '../../../src/engines/postgres/fill.js';
import { markSql } from '../../../src/engines/postgres/marker.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';

const RUN = '20261129-040000-aaaa';
const ROLES = `create role shop login; create role "shop's readers"; grant "shop's readers" to shop;
create role clerk login; grant shop to clerk; create role team; create role other login superuser; grant team to other;
create role viewer; create role gitea login password 'x'; create role "gitea reader"; grant gitea to "gitea reader";`;

describe('roles of other services in a backup of an instance that many shared', () => {
  let server: TestCluster;
  const filling = { service: 'shop', run: RUN, systemIdentifier: '' };
  const roles = async (): Promise<unknown[]> =>
    await server.json('select to_json(rolname) from pg_roles where oid >= 16384 order by rolname collate "C"');

  beforeAll(async () => {
    server = await startCluster({ fresh: true });
    await server.psql(ROLES);
    await server.createDatabase('shop', 'owner shop');
    await server.psql('create table t (i int); grant select on t to viewer', { database: 'shop' });
  });
  afterAll(() => server.stop());

  it('stay while the databases do not have the mark of this run', async () => {
    const before = await roles();
    await expect(server.json(dropStrangersSql(filling, 'shop'))).rejects.toThrow(/mark of this run/);
    expect(await roles()).toEqual(before);
  });

  it('go, but for those that the app is or has to do with, and those that something here names', async () => {
    await server.psql(markSql({ service: 'shop', database: 'shop', run: RUN, state: 'importing' }));
    const kept = ['clerk', 'shop', "shop's readers", 'viewer'];
    for (const _ of ['once', 'again']) {
      await server.json(dropStrangersSql(filling, 'shop'));
      expect(await roles()).toEqual(kept);
    }
    expect(
      await server.json("select to_json(has_table_privilege('viewer', 't', 'select'))", { database: 'shop' }),
    ).toEqual([true]);
  });
});
