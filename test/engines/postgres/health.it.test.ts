import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareEvidence, digestOf, evidenceOfRows, parseEvidence } from '../../../src/engines/postgres/evidence.js';
import {
  type Collation,
  collationSql,
  type Duplicate,
  duplicatesSql,
  type PageCheck,
  pageCheckSql,
} from '../../../src/engines/postgres/health.js';
import { evidenceSql } from '../../../src/engines/postgres/scripts.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';
import { evidenceStep } from '../../support/toolbox.js';

const sql = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

describe('what is said of a database by itself', () => {
  let server: TestCluster;
  beforeAll(async () => {
    server = await startCluster();
    await server.psql(sql('nasty-roles.sql'));
    await server.createDatabase('origin', 'owner owner_role');
    await server.psql(sql('nasty.sql'), { database: 'origin' });
  });
  afterAll(async () => {
    await server.stop();
  });

  const copy = async (name: string): Promise<string> => {
    await server.psql(`create database ${name} template origin;`);
    return name;
  };

  it('is the same evidence from one script as from the toolbox', async () => {
    const whole = evidenceOfRows(await server.json(evidenceSql(), { database: 'origin' }));
    const step = await evidenceStep(server, 'origin', { name: 'health' });
    const other = parseEvidence(step.file('evidence.jsonl'));
    expect(compareEvidence(other, whole, { sequences: 'equal' }).catalogDiff).toEqual([]);
    expect(digestOf(whole)).toBe(digestOf(other));
  });

  it('finds nothing wrong with the nasty schema, and leaves nothing in it', async () => {
    expect(await server.json(duplicatesSql(), { database: 'origin' })).toEqual([]);
    const [pages] = (await server.json(pageCheckSql(), { database: 'origin' })) as PageCheck[];
    expect(pages?.problems).toEqual([]);
    expect(pages?.checked?.indexes).toBeGreaterThan(2);
    expect(pages?.checked?.tables).toBeGreaterThan(10);
    const left = await server.psql(`select count(*) from pg_extension where extname = 'amcheck'`, {
      database: 'origin',
    });
    expect(left.stdout.trim()).toBe('0');
    const [collation] = (await server.json(collationSql(), { database: 'origin' })) as Collation[];
    expect(collation?.encoding).toBe('UTF8');
  });

  it.each([
    ['a plain key', 'create table x (a int, b text); create unique index x_a on x (a, b); ', `(1, 'q')`, '(1,q)'],
    ['an expression', 'create table x (a text); create unique index x_a on x (lower(a));', `('Q')`, '(q)'],
    [
      'a condition',
      'create table x (a int, live bool); create unique index x_a on x (a) where live;',
      '(3, true)',
      '(3)',
    ],
    ['odd names', `create table x ("a'b ""c"" %s" int); create unique index x_a on x ("a'b ""c"" %s");`, '(4)', '(4)'],
  ])('names a key that stands twice under a unique index: %s', async (what, table, row, key) => {
    const database = await copy(`d_${what.replaceAll(' ', '_')}`);
    // Rows that come while an index does not take any are not in it.
    await server.psql(
      `set allow_system_table_mods = on; ${table} insert into x values ${row};
update pg_index set indisready = false, indisvalid = false where indexrelid = 'x_a'::regclass; insert into x values ${row};
update pg_index set indisready = true, indisvalid = true where indexrelid = 'x_a'::regclass;`.replace(
        'set allow_system_table_mods = on;',
        'set allow_system_table_mods = on;\n',
      ),
      { database },
    );
    const found = (await server.json(duplicatesSql(), { database })) as Duplicate[];
    expect(found).toEqual([expect.objectContaining({ index: 'public.x_a', table: 'public.x', key, rows: 2 })]);
    const [pages] = (await server.json(pageCheckSql(), { database })) as PageCheck[];
    expect(pages?.problems.map(({ name }) => name)).toEqual(['public.x_a']);
  });

  it('does not count rows with a null in the key as equal, unless the index does', async () => {
    const database = await copy('nulls');
    await server.psql('create table x (a int unique, b int); insert into x values (null), (null);', { database });
    expect(await server.json(duplicatesSql(), { database })).toEqual([]);
  });
});
