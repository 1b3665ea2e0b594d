import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  compareEvidence,
  describeDifferences,
  differencesBetween,
  digestOf,
  type Evidence,
  evidenceOfRows,
  parseEvidence,
} from '../../../src/engines/postgres/evidence.js';
import { evidenceSql } from '../../../src/engines/postgres/scripts.js';
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
  [
    'one row twice instead of another',
    `delete from app.measure where v = 50; insert into app.measure select at, v from app.measure where v = 51`,
    'rows of app.measure_2025',
  ],
  ['minus zero made zero', `update app.edge set f8 = 0 where id = 2`, 'rows of app.edge'],
  ['a row in a hash partition', `delete from app.by_hash where id = 1`, 'rows of app.by_hash'],
  ['the right on a large object', `revoke select on large object 70001 from reader_role`, 'large object 70001'],
  [
    'a check that is not validated',
    `delete from app.loose; alter table app.loose validate constraint not_checked`,
    'constraint app.loose not_checked',
  ],
  [
    'an exclusion constraint',
    `alter table app.booked drop constraint booked_during_excl`,
    'constraint app.booked booked_during_excl',
  ],
  [
    'a function that runs with its owner`s rights',
    `alter function app.guarded() security invoker`,
    'function app.guarded',
  ],
  ['a setting of a function', `alter function app.guarded() reset work_mem`, 'function app.guarded'],
  ['a disabled rule', `alter table app.loud enable rule loud_rule`, 'rule app.loud loud_rule'],
  ['a replica identity', `alter table app.coded replica identity default`, 'table app.coded'],
  [
    'an operator class',
    `drop index app.dropped_rev; drop operator class app.rev_ops using btree`,
    'operator class app.rev_ops',
  ],
  ['a statistics target', `alter statistics app.edge_stats set statistics 100`, 'statistics app.edge_stats'],
  [
    'a mapping of a text search',
    `alter text search configuration app.ts_conf drop mapping for asciiword`,
    'text search configuration app.ts_conf',
  ],
  [
    'a publication`s condition',
    `alter publication pub set table app.plain (id, name) where (id > 1), app.loud`,
    'publication table pub app.plain',
  ],
  ['the option of a foreign server', `alter server far options (set host 'other.example')`, 'foreign server far'],
  ['a missing user mapping', `drop user mapping for reader_role server far`, 'user mapping far'],
  ['an identity option', `alter table app.counted alter column id set no cycle`, 'app.counted_id_seq'],
  ['a comment on a column', `comment on column app.plain.name is null`, 'comment table column app.plain.name'],
  ['a detached partition', `alter table app.measure detach partition app.measure_2024`, 'table app.measure_2024'],
];

/** Each of them changes how values or definitions print, which rows are seen, or how long a session may take. */
const ODD_SETTINGS = [
  `timezone = 'Pacific/Apia'`,
  `datestyle = 'German, DMY'`,
  `intervalstyle = 'iso_8601'`,
  `bytea_output = 'escape'`,
  `extra_float_digits = -5`,
  `lc_monetary = 'C.UTF-8'`,
  `search_path = app, public`,
  `row_security = on`,
  `client_encoding = 'LATIN1'`,
  `quote_all_identifiers = on`,
  `standard_conforming_strings = off`,
  `xmlbinary = 'hex'`,
  `default_transaction_isolation = 'serializable'`,
  `default_transaction_read_only = on`,
  `default_transaction_deferrable = on`,
  `statement_timeout = 50`,
  `idle_in_transaction_session_timeout = 200`,
  `enable_seqscan = off`,
  `jit = on`,
  `session_replication_role = replica`,
]
  .flatMap((setting) => [
    `alter database origin set ${setting};`,
    `alter role postgres in database origin set ${setting};`,
  ])
  .concat(`alter role postgres in database origin set role = 'reader_role';`)
  .join('\n');

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

  it('is the same whatever the database, the role or the server sets for a session', async () => {
    await server.psql(ODD_SETTINGS);
    const seen = await server.psql('show timezone', { database: 'origin' });
    expect(seen.stdout.trim()).toBe('Pacific/Apia');
    const odd = await read('origin');
    const script = evidenceOfRows(await server.json(evidenceSql(), { database: 'origin' }));
    await server.psql(
      'alter database origin reset all; alter role postgres reset all; alter role postgres in database origin reset all',
    );
    expect(compareEvidence(before, odd, { sequences: 'equal' }).catalogDiff).toEqual([]);
    expect(compareEvidence(before, script, { sequences: 'equal' }).catalogDiff).toEqual([]);
  });

  /** One session for all of it: that its words are those of the step is compared above. */
  const mutated = async (database: string, mutation: string): Promise<Evidence> => {
    const change = `\\o /dev/null\nset allow_system_table_mods = on;\n${mutation};\nreset allow_system_table_mods;\n\\o\n`;
    const script = `create database ${database} template origin;\n\\connect ${database}\n${change}${evidenceSql()}`;
    return evidenceOfRows(await server.json(script));
  };

  it.each(MUTATIONS)('finds and names %s', async (what, mutation, named) => {
    const now = await mutated(`m${MUTATIONS.findIndex(([name]) => name === what)}`, mutation);
    expect(compareEvidence(before, now, { sequences: 'equal' }).match).toBe(false);
    const lines = describeDifferences(differencesBetween(before, now, { sequences: 'equal' }));
    expect(lines.join('\n')).toContain(named);
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    expect(digestOf(now)).not.toBe(digestOf(before));
  });
});
