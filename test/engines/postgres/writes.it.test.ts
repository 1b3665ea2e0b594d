import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writesSince, writesSql } from '../../../src/engines/postgres/writes.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';

/** Text that does not compress, of so many times 32 characters; `i` makes it another one in each row. */
const text = (times: number): string =>
  `(select string_agg(md5(random()::text || i || part), '') from generate_series(1, ${times}) part)`;
/** Stored outside of its row. */
const WIDE = text(90);
/** Short enough to be kept in statistics; a histogram of them is stored outside. */
const TITLE = text(10);

describe('the counter of written rows', () => {
  let server: TestCluster;
  const database = 'app';
  const writes = async (): Promise<string> => {
    const [row] = await server.json(writesSql(), { database });
    return (row as { writes: string }).writes;
  };

  /** A client is gone before its server process is, which counts what it did when it ends: a fence waits for that too. */
  const done = async (statement: string): Promise<void> => {
    await server.psql(`${statement};`, { database });
    const others = `select row_to_json(x) from (select count(*)::int as left from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()) x;`;
    await expect.poll(() => server.json(others, { database }), { timeout: 10_000 }).toEqual([{ left: 0 }]);
  };

  beforeAll(async () => {
    server = await startCluster({ fresh: true });
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    await server.psql(`drop database if exists ${database} with (force); create database ${database};`);
    await server.psql(
      `create table letters (id int primary key, body text, title text) with (autovacuum_enabled = off);
insert into letters select i, ${WIDE}, ${TITLE} from generate_series(1, 300) i;`,
      { database },
    );
  });

  it('stays as it is while autovacuum renews the statistics of long texts, which are stored outside of their row', async () => {
    const before = await writes();
    await server.psql('analyze letters;', { database });
    const stored = `select pg_relation_size(reltoastrelid) as bytes from pg_class where oid = 'pg_statistic'::regclass`;
    const [{ bytes }] = (await server.json(`select row_to_json(x) from (${stored}) x;`, { database })) as [
      { bytes: number },
    ];
    expect(bytes, 'the statistics are long enough to be stored outside').toBeGreaterThan(0);
    expect(await writes()).toBe(before);
  });

  it.each([
    ['a short row', "insert into letters values (1000, 'x', 'x')"],
    ['a row with a long text', `insert into letters select i, ${WIDE}, 'x' from generate_series(1000, 1000) i`],
    [
      'a long text alone',
      `update letters set body = (select string_agg(md5(part::text), '') from generate_series(1, 300) part) where id = 7`,
    ],
    ['a row that goes', 'delete from letters where id = 7'],
    ['a large object', "select lo_from_bytea(0, 'x')"],
    ['a comment', "comment on table letters is 'x'"],
    ['a table that is emptied', 'truncate letters'],
    ['a new table', 'create table more (id int)'],
    ['a column of another type', 'alter table letters alter id type bigint'],
  ])('moves on with %s', async (_what, statement) => {
    const before = await writes();
    await done(statement);
    const now = await writes();
    expect(Number(now.split('/')[0])).toBeGreaterThan(Number(before.split('/')[0]));
    expect(writesSince(before, now).join()).toContain('rows or catalog entries were written');
  });

  it.each([
    ['a sequence that is drawn from', "select nextval('numbers')"],
    ['a sequence that is set back', "select setval('numbers', 3, false)"],
    ['a setting of the database', `alter database ${database} set work_mem = '5MB'`],
  ])('is another one after %s, which no counter shows', async (_what, statement) => {
    await server.psql('create sequence numbers;', { database });
    const before = await writes();
    expect(await writes(), 'reading changes nothing').toBe(before);
    await done(statement);
    expect(writesSince(before, await writes())).toEqual(['a sequence or a setting was changed after it was closed']);
  });
});
