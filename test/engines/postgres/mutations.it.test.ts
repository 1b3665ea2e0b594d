import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareEvidence, digestOf, type Evidence, parseEvidence } from '../../../src/engines/postgres/evidence.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';
import { evidenceStep } from '../../support/toolbox.js';

const sql = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** One change each, and what the difference must name. */
const MUTATIONS: readonly (readonly [string, string, string])[] = [
  ['one value', `update app.plain set f = f + 1e-9 where id = 7`, 'rows of app.plain'],
  [
    'a numeric that only prints differently',
    `update app.plain set price = 1.50 where id = 1; update app.plain set price = 1.5 where id = 2; alter table app.plain alter column price type numeric`,
    'rows of app.plain',
  ],
  ['a lost row', `delete from app.measure where v = 50`, 'rows of app.measure_2025'],
  [
    'two equal rows more',
    `insert into app.zero_columns default values; insert into app.zero_columns default values`,
    'rows of app.zero_columns',
  ],
  ['values swapped between rows', `update app.parent set z = 'l', late = 'p'`, 'rows of app.parent'],
  ['null instead of empty', `update app.measure_2025 set v = null where v = 50`, 'rows of app.measure_2025'],
  ['a row in a table with row security', `insert into app.secret values (3, 'c')`, 'rows of app.secret'],
  ['a row in an unlogged table', `insert into app.scratch values (11)`, 'rows of app.scratch'],
  ['a sequence one step behind', `select setval('app.big_seq', 9007199254740992)`, 'sequence value app.big_seq'],
  ['a sequence not called', `select setval('app.odd_seq', 97, false)`, 'sequence value app.odd_seq'],
  ['a byte of a large object', `select lo_put(70003, 2999999, 'x')`, 'large object 70003'],
  ['a missing large object', `select lo_unlink(70002)`, 'large object 70002'],
  ['the owner of a large object', `alter large object 70001 owner to reader_role`, 'large object 70001'],
  ['a dropped index', `drop index app.plain_expr`, 'index app.plain_expr'],
  [
    'an invalid index',
    `update pg_index set indisvalid = false where indexrelid = 'app.plain_gin'::regclass`,
    'index app.plain_gin',
  ],
  ['a disabled trigger', `alter table app.measure disable trigger bump_it`, 'trigger app.measure bump_it'],
  ['row security no longer forced', `alter table app.secret no force row level security`, 'table app.secret'],
  ['a policy condition', `alter policy any_row on app.secret using (id > 1)`, 'policy app.secret any_row'],
  ['a table owner', `alter table app.loud owner to reader_role`, 'table app.loud'],
  ['a right', `revoke select on app.plain from reader_role`, 'table app.plain'],
  ['a column right', `revoke update (z) on app.parent from reader_role`, 'column app.parent.z'],
  [
    'a default right',
    `alter default privileges for role owner_role in schema app revoke select on tables from reader_role`,
    'default privileges',
  ],
  ['a column default', `alter table app.parent alter column late set default 'later'`, 'column app.parent.late'],
  ['a not-null', `alter table app.parent alter column z set not null`, 'column app.parent.z'],
  ['an enum label', `alter type app.mood rename value 'ok' to 'fine'`, 'type app.mood'],
  [
    'a function body',
    `create or replace function app.add(a int, b int default 1) returns int language sql immutable strict parallel safe set search_path = '' return a + b + 0`,
    'function app.add',
  ],
  ['a comment', `comment on table app.plain is 'other'`, 'comment table app.plain'],
  [
    'a view',
    `create or replace view app.seen with (security_barrier) as select id, name from app.plain where p > 6`,
    'view app.seen',
  ],
  ['a filled materialized view', `refresh materialized view app.mat_empty`, 'materialized view app.mat_empty'],
  [
    'a constraint not validated',
    `update pg_constraint set convalidated = false where conname = 'refers_a_b_fkey'`,
    'constraint app.refers refers_a_b_fkey',
  ],
  ['an extension version', `update pg_extension set extversion = '0' where extname = 'hstore'`, 'extension hstore'],
  ['an event trigger', `alter event trigger watch_ddl disable`, 'event trigger watch_ddl'],
  ['a publication', `alter publication pub drop table app.loud`, 'publication table pub app.loud'],
  [
    'a right on a system function',
    `grant execute on function pg_catalog.pg_sleep(double precision) to public`,
    'changed rights',
  ],
  ['a storage option', `alter table app.plain reset (fillfactor)`, 'table app.plain'],
  ['a detached partition', `alter table app.measure detach partition app.measure_2024`, 'table app.measure_2024'],
];

describe('evidence', () => {
  let server: TestCluster;
  let before: Evidence;
  const read = async (database: string): Promise<Evidence> => {
    const step = await evidenceStep(server, database, { name: `e-${database}-${Math.random()}` });
    if (step.code !== 0) throw new Error(step.stdout + step.stderr);
    return parseEvidence(step.file('evidence.jsonl'));
  };

  beforeAll(async () => {
    server = await startCluster();
    await server.psql(sql('nasty-roles.sql'));
    await server.createDatabase('origin', 'owner owner_role');
    await server.psql(sql('nasty.sql'), { database: 'origin' });
    before = await read('origin');
  });
  afterAll(async () => {
    await server.stop();
  });

  it('is equal for a copy of the files and for a second look', async () => {
    await server.psql('create database same template origin;');
    const same = await read('same');
    expect(compareEvidence(before, same, { sequences: 'equal' }).catalogDiff).toEqual([]);
    expect(digestOf(await read('origin'))).toBe(digestOf(before));
  });

  it('is the same from one session and from three that share the tables', async () => {
    const step = await evidenceStep(server, 'origin', { name: 'three', env: { SMALL_BYTES: '0', JOBS: '3' } });
    expect(step.code).toBe(0);
    for (const part of [0, 1, 2]) expect(step.file(`evidence.part.${part}`)).toContain('"k" : "table"');
    expect(digestOf(parseEvidence(step.file('evidence.jsonl')))).toBe(digestOf(before));
  });

  it.each(MUTATIONS)('finds and names %s', async (what, mutation, named) => {
    const database = `m${MUTATIONS.findIndex(([name]) => name === what)}`;
    await server.psql(`create database ${database} template origin;`);
    await server.psql(`set allow_system_table_mods = on; ${mutation};`, { database });
    const comparison = compareEvidence(before, await read(database), { sequences: 'equal' });
    expect(comparison.match).toBe(false);
    expect(comparison.catalogDiff.join('\n')).toContain(named);
    expect(digestOf(await read(database))).not.toBe(digestOf(before));
    await server.psql(`drop database ${database};`);
  });
});
