import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databasesSql } from '../../../src/engines/postgres/identity.js';
import { type PreflightRow, preflightSql } from '../../../src/engines/postgres/preflight.js';
import {
  type CarriedFacts,
  type CarriedRole,
  carriedFactsSql,
  rolesSql,
  verifiersSql,
} from '../../../src/engines/postgres/roles.js';
import { matchesVerifier, scramVerifier } from '../../../src/engines/postgres/scram.js';
import { sessionsSql } from '../../../src/engines/postgres/sessions.js';
import {
  databaseFactsSql,
  emptyCheckSql,
  markerSql,
  markSql,
  recreateEmptySql,
  rolesCreateSql,
  sessionsSeenSql,
} from '../../../src/engines/postgres/target.js';
import { sqlIdent, sqlLiteral } from '../../../src/shared/quote.js';
import { Secret } from '../../../src/shared/secret.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';

const RUN = '20261120-211530-ab12';
const LIKE = { encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.UTF-8' };

describe('SQL for the dedicated server', () => {
  let source: TestCluster;
  let target: TestCluster;
  beforeAll(async () => {
    [source, target] = await Promise.all([
      startCluster({ fresh: true }),
      startCluster({ fresh: true, settings: ['log_statement=all'] }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([source.stop(), target.stop()]);
  });

  it('carries roles, rights and settings, and the app logs in with its old password', async () => {
    const password = 'gehe\u00adim ½ \'"$\\';
    await source.psql(`create role app login createdb connection limit 7 valid until '2030-01-01 00:00+00' password ${sqlLiteral(password)};
create role team; grant team to app with admin option; grant pg_monitor to app; alter role app set work_mem = '8MB';
create database app owner app connection limit 12; comment on database app is 'it''s';
alter database app set search_path = "$user", public, "Odd, name"; alter database app set "TimeZone" = 'Europe/Vienna';
alter role app in database app set statement_timeout = '5s'; revoke temporary on database app from public; grant connect on database app to team;`);
    const read = async (server: TestCluster) =>
      ((await server.json(carriedFactsSql('app', 'app'))) as CarriedFacts[])[0];
    const facts = await read(source);
    if (facts === undefined) throw new Error('no facts');
    const rows = (await source.json(verifiersSql(['app', 'team']))) as { name: string; verifier: string }[];
    const verifiers = new Map(rows.map((row) => [row.name, new Secret(row.verifier)]));
    const empty = { service: 'app', database: 'app', run: RUN, owner: 'app', like: LIKE };
    for (const script of [rolesCreateSql(facts, verifiers), recreateEmptySql(empty), databaseFactsSql(facts)]) {
      await target.psql(script);
      await target.psql(script);
    }
    expect(await read(target)).toEqual(facts);
    const path = await target.psql('show search_path', { tcp: true, user: 'app', password, database: 'app' });
    expect(path.stdout.trim()).toBe('"$user", public, "Odd, name"');
    const wrong = await target.psql('select 1', {
      tcp: true,
      user: 'app',
      password: 'wrong',
      database: 'app',
      check: false,
    });
    expect(wrong.code).toBe(2);
    const verifier = verifiers.get('app');
    expect(verifier && matchesVerifier(new Secret(password), verifier)).toBe(true);
  });

  it.each(['plain', 'ÄÖ ½ ﬁ', 'a\u00a0b', 'tab\tinside', '🐘', 'q\'\\"$'])(
    'makes a verifier the server takes for %j',
    async (password) => {
      const verifier = scramVerifier(new Secret(password), { salt: randomBytes(16) });
      await target.psql(`drop role if exists v; create role v login password ${sqlLiteral(verifier.reveal())};`);
      expect((await target.psql('select 1', { tcp: true, user: 'v', password })).code).toBe(0);
      expect(
        (await target.psql('select 1', { tcp: true, user: 'v', password: `${password}!`, check: false })).code,
      ).toBe(2);
      await target.psql(`alter role v password ${sqlLiteral(password)};`);
      const [row] = (await target.json(verifiersSql(['v']))) as { verifier: string }[];
      expect(matchesVerifier(new Secret(password), new Secret(row?.verifier ?? ''))).toBe(true);
    },
  );

  it('drops only a database that this very run was importing into', async () => {
    const of = { service: 'svc "x', database: `d'b "x" \\`, run: RUN, owner: 'postgres', like: LIKE };
    const fill = () => target.psql('create table if not exists kept (i int);', { database: of.database });
    const filled = async () => (await target.json(emptyCheckSql(), { database: of.database })).length > 0;
    const mark = { service: of.service, database: of.database, run: RUN } as const;
    expect(await target.json(recreateEmptySql(of))).toEqual([{ recreated: false }]);
    expect(await filled()).toBe(false);
    await fill();
    for (const other of [
      undefined,
      { ...mark, state: 'verified' } as const,
      { ...mark, run: `${RUN}x`, state: 'importing' } as const,
    ]) {
      if (other) await target.psql(markSql(other));
      expect(await target.json(recreateEmptySql(of))).toEqual([{ recreated: false }]);
      expect(await filled()).toBe(true);
    }
    await target.psql(markSql({ ...mark, state: 'importing' }));
    expect(await target.json(recreateEmptySql(of))).toEqual([{ recreated: true }]);
    expect(await filled()).toBe(false);
    expect(await target.json(markerSql(of.service))).toMatchObject([{ ...mark, state: 'importing' }]);
    expect(await target.json(markerSql('nobody'))).toEqual([]);
  });

  it('lists roles, databases, sessions and preflight facts as JSON', async () => {
    await source.psql(`create role second login; create database two owner second;`);
    await source.psql(
      'create unlogged table u (i oid); alter table u enable row level security; create materialized view m as select 1 with no data;',
      { database: 'two' },
    );
    const roles = (await source.json(rolesSql('two', 'second'))) as CarriedRole[];
    expect(roles.find((role) => role.name === 'second')).toMatchObject({
      canLogin: true,
      verifier: 'none',
      exclusive: true,
      bootstrap: false,
    });
    expect(roles.find((role) => role.bootstrap)).toMatchObject({ name: 'postgres', superuser: true });
    const names = ((await source.json(databasesSql())) as { datname: string }[]).map((row) => row.datname);
    expect(names).toContain('two');
    const [facts] = (await source.json(preflightSql('two', 'second'), { database: 'two' })) as PreflightRow[];
    expect(facts).toMatchObject({
      unloggedTables: 1,
      rlsTables: ['public.u'],
      oidColumns: ['public.u.i'],
      emptyMatviews: ['public.m'],
      verifier: 'none',
      superuser: false,
      encoding: 'UTF8',
    });
    const nap = `set application_name = 'napping'; select pg_sleep(600);`;
    const session = source.psql(nap, { database: 'two', check: false });
    await expect
      .poll(() => source.json(sessionsSql('two')), { timeout: 30_000 })
      .toMatchObject([{ user: 'postgres', application: 'napping' }]);
    expect(await source.json(sessionsSeenSql({ database: 'two', role: 'postgres' }))).toMatchObject([
      { active: 1, ofRole: 1 },
    ]);
    await source.psql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'napping'`);
    await session;
  });

  it('carries any name through', async () => {
    for (const name of [
      'a=b',
      'host=evil dbname=x',
      '-leading',
      'sel"ect',
      "q'uote",
      'back\\slash',
      '$(touch x)',
      'naïve🐘',
      'new\nline',
      '{{x}}',
      ':var',
    ]) {
      await target.psql(`create database ${sqlIdent(name)};`);
      expect(await target.json(`select to_json(current_database());`, { database: name })).toEqual([name]);
      await target.psql(markSql({ service: name, database: name, run: RUN, state: 'verified' }));
      expect(await target.json(markerSql(name))).toMatchObject([{ service: name, database: name }]);
    }
  });
});
