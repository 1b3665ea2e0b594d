import { afterAll, beforeAll, expect, it } from 'vitest';
import { dropStrangersSql } from '../../../src/engines/postgres/fill.js';
import { markSql } from '../../../src/engines/postgres/marker.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';

const RUN = '20261129-040000-aaaa';
const ROLES = `create role shop login; create role "shop's readers"; grant "shop's readers" to shop;
create role clerk login; grant shop to clerk; create role team; create role other login superuser; grant team to other;
create role viewer; create role gitea login password 'x'; create role "gitea reader"; grant gitea to "gitea reader";`;

let server: TestCluster;
beforeAll(async () => {
  server = await startCluster({ fresh: true });
  await server.psql(ROLES);
  await server.createDatabase('shop', 'owner shop');
  await server.psql('create table t (i int); grant select on t to viewer', { database: 'shop' });
});
afterAll(() => server?.stop());

const roles = (): Promise<unknown[]> =>
  server.json('select to_json(rolname) from pg_roles where oid >= 16384 order by rolname collate "C"');

const mark = (service: string): Promise<unknown> =>
  server.psql(markSql({ service, database: 'shop', run: RUN, state: 'importing' }));

it("drops other services' roles once the mark of the run is there, and keeps who has to do with the app or the database", async () => {
  const drop = dropStrangersSql({ service: 'shop', run: RUN, systemIdentifier: '' }, 'shop');
  await mark('another');
  const before = await roles();
  expect(before).toHaveLength(8);
  expect((await server.psql(drop, { check: false })).stderr).toContain('mark of this run');
  expect(await roles()).toEqual(before);
  await mark('shop');
  for (const _ of ['once', 'again']) {
    await server.psql(drop);
    expect(await roles()).toEqual(['clerk', 'shop', "shop's readers", 'viewer']);
  }
  const [may] = await server.json("select to_json(has_table_privilege('viewer', 't', 'select'))", { database: 'shop' });
  expect(may).toBe(true);
});
