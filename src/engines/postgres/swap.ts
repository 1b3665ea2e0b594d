import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { doSql, identityGuardSql, script, serverGuardSql } from './guard.js';

/** A database by its oid, and the name it has or gets while it is not live. */
export interface Aside {
  readonly oid: number;
  readonly name: string;
}

/** One live name that changes hands. `leaves` null: nothing has the name, somebody dropped it. */
export interface SwapPair {
  readonly database: string;
  readonly leaves: Aside | null;
  readonly enters: Aside;
  /** Of the live database; what waits aside is closed to all but superusers, or to all. */
  readonly connLimit: number;
  readonly comment: string | null;
}

interface Swap {
  readonly systemIdentifier: string;
  readonly pairs: readonly SwapPair[];
}

const asideRow = ({ database, leaves, enters }: SwapPair): string =>
  `(${sqlLiteral(database)}, ${leaves === null ? 'null::bigint' : Math.trunc(leaves.oid)}, ${leaves === null ? 'null::text' : sqlLiteral(leaves.name)}, ${Math.trunc(enters.oid)}, ${sqlLiteral(enters.name)})`;

const pairsSql = (pairs: readonly SwapPair[]): string =>
  `(values ${pairs.map(asideRow).join(', ')}) p (live, out_oid, out_name, in_oid, in_name)`;

const named = (oid: string): string => `(select datname from pg_database where oid = ${oid})`;

/** The whole of it is as before, or the whole of it is done: anything else is somebody's hand. SQLSTATE DB001. */
const guardSql = ({ systemIdentifier, pairs }: Swap): string =>
  [
    serverGuardSql(systemIdentifier),
    doSql(`declare
  done bigint;
  due bigint;
begin
  select count(*) filter (where ${named('p.in_oid')} = p.live and (p.out_oid is null or ${named('p.out_oid')} = p.out_name)),
         count(*) filter (where ${named('p.in_oid')} = p.in_name and (case when p.out_oid is null
           then not exists (select from pg_database where datname = p.live) else ${named('p.out_oid')} = p.live end))
    into done, due from ${pairsSql(pairs)};
  if done <> ${pairs.length} and due <> ${pairs.length} then
    raise exception 'a database does not have its recorded oid and name any more' using errcode = 'DB001';
  end if;
end`),
  ].join('\n');

const endSessionsSql = (oids: readonly number[]): string =>
  `select count(pg_terminate_backend(pid)) as ended from pg_stat_activity where datid in (${oids.map(Math.trunc).join(', ')}) and pid <> pg_backend_pid() \\gset`;

const renameSql = (oid: number, from: string, to: string): string =>
  `select format('alter database %I rename to %I', datname, ${sqlLiteral(to)}) from pg_database where oid = ${Math.trunc(oid)} and datname = ${sqlLiteral(from)} \\gexec`;

const pairSql = ({ database, leaves, enters, connLimit, comment }: SwapPair): string[] => [
  ...(leaves === null
    ? []
    : [
        renameSql(leaves.oid, database, leaves.name),
        `alter database ${sqlIdent(leaves.name)} with allow_connections false;`,
      ]),
  renameSql(enters.oid, enters.name, database),
  `alter database ${sqlIdent(database)} with allow_connections true connection limit ${Math.trunc(connLimit)};`,
  `comment on database ${sqlIdent(database)} is ${comment === null ? 'null' : sqlLiteral(comment)};`,
];

/** What the live names point to. One row `{database, oid, open}` each. */
const shownSql = (pairs: readonly SwapPair[]): string =>
  `select json_build_object('database', datname, 'oid', oid::bigint, 'open', datallowconn) from pg_database where datname in (${pairs.map(({ database }) => sqlLiteral(database)).join(', ')}) order by datname;`;

/** Nobody gets in any more, and who was in is out: superusers too. Twice is once. Run in `postgres`. */
export const closeLiveSql = ({ systemIdentifier, pairs }: Swap): string =>
  script(
    ...pairs.flatMap(({ database, leaves }) =>
      leaves === null
        ? []
        : [
            identityGuardSql({ database, oid: leaves.oid, systemIdentifier }, [database]),
            `alter database ${sqlIdent(database)} with allow_connections false;`,
            endSessionsSql([leaves.oid]),
          ],
    ),
  );

/** Lets everybody in again who was let in before. Twice is once. Run in `postgres`. */
export const openLiveSql = ({ systemIdentifier, pairs }: Swap): string =>
  script(
    ...pairs.flatMap(({ database, leaves }) =>
      leaves === null
        ? []
        : [
            identityGuardSql({ database, oid: leaves.oid, systemIdentifier }, [database]),
            `alter database ${sqlIdent(database)} with allow_connections true;`,
          ],
    ),
  );

/**
 * All names change hands in one transaction, or none does: those that leave are closed, those that enter are open. PostgreSQL
 * refuses while a session or a prepared transaction is on one of them. Done already is success. Run in `postgres`.
 */
export const swapSql = (swap: Swap): string =>
  script(
    guardSql(swap),
    endSessionsSql(swap.pairs.flatMap(({ leaves, enters }) => [...(leaves === null ? [] : [leaves.oid]), enters.oid])),
    'begin;',
    'set local synchronous_commit = on;',
    ...swap.pairs.flatMap(pairSql),
    'commit;',
    shownSql(swap.pairs),
  );

/** The same pairs the other way round: what entered leaves, under the name that it had. Only for pairs that left something. */
export const reversed = (pairs: readonly SwapPair[]): SwapPair[] =>
  pairs.flatMap((pair) => (pair.leaves === null ? [] : [{ ...pair, leaves: pair.enters, enters: pair.leaves }]));

/**
 * Drops a database that waits aside, by oid and name, once it is closed. Absent is success.
 * Never in a transaction. Run in `postgres`.
 */
export const dropAsideSql = ({ oid, name }: Aside, systemIdentifier: string): string =>
  script(
    identityGuardSql({ database: name, oid, systemIdentifier }, [name], true),
    doSql(`begin
  if exists (select from pg_database where oid = ${Math.trunc(oid)} and datallowconn) then
    raise exception 'the database is not closed' using errcode = 'DB001';
  end if;
end`),
    `select format('drop database %I', datname) from pg_database where oid = ${Math.trunc(oid)} and datname = ${sqlLiteral(name)} \\gexec`,
  );
