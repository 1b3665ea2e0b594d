import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { doSql, script } from './guard.js';
import { type Locale, localeSql } from './locale.js';

/** The gate opens for `verified` alone. */
export type MarkerState = 'importing' | 'imported' | 'verified' | 'closed';

export interface Marker {
  readonly service: string;
  readonly database: string;
  readonly run: string;
  readonly state: MarkerState;
}

const TABLE = `create schema if not exists dbctl;
create table if not exists dbctl.marker (service text, database text, state text, run text, at timestamptz, primary key (service, database));`;

/** Run in database `postgres` of the dedicated server. One row: the marker as it now is. */
export const markSql = ({ service, database, run, state }: Marker): string =>
  script(
    'begin;',
    'set local synchronous_commit = on;',
    TABLE,
    `insert into dbctl.marker values (${[service, database, state, run].map(sqlLiteral).join(', ')}, clock_timestamp())
on conflict (service, database) do update set state = excluded.state, run = excluded.run, at = excluded.at;`,
    'commit;',
    `select json_build_object('service', service, 'database', database, 'run', run, 'state', state) from dbctl.marker where service = ${sqlLiteral(service)} and database = ${sqlLiteral(database)};`,
  );

/** `Marker` and `at`, one row for each database; none when the service was never marked or the server is new. */
export const markerSql = (service: string): string =>
  script(
    "select to_regclass('dbctl.marker') is not null as marked \\gset",
    '\\if :marked',
    `select json_build_object('service', service, 'database', database, 'run', run, 'state', state, 'at', at) from dbctl.marker where service = ${sqlLiteral(service)} order by database;`,
    '\\endif',
  );

export interface EmptyDatabase {
  readonly service: string;
  readonly database: string;
  readonly run: string;
  readonly owner: string;
  readonly like: Locale;
}

const createSql = ({ database, owner, like }: EmptyDatabase): string =>
  `create database ${sqlIdent(database)} owner ${sqlIdent(owner)} ${localeSql(like)}`;

/**
 * Makes the database where it is missing, and anew where this very run was importing into it: nothing else is ever dropped.
 * A database of another origin stays as it is; restore.sh refuses it unless it is empty. Run in `postgres`; the marker must
 * not yet say `importing` for this run when the database is somebody else's. One row `{recreated}`.
 */
export function recreateEmptySql(of: EmptyDatabase): string {
  const name = sqlLiteral(of.database);
  const ours = `exists (select from dbctl.marker where service = ${sqlLiteral(of.service)} and database = ${name} and run = ${sqlLiteral(of.run)} and state = 'importing')`;
  return script(
    TABLE,
    `select ${ours} as ours \\gset`,
    `select count(pg_terminate_backend(pid)) as ignored from pg_stat_activity where datname = ${name} and :'ours' and backend_type = 'client backend' \\gset`,
    // Checked again by the statement that makes the DROP: nothing lies between it and the DROP but psql.
    `select format('drop database %I', datname) from pg_database where datname = ${name} and ${ours} \\gexec`,
    `select ${sqlLiteral(createSql(of))} where not exists (select from pg_database where datname = ${name}) \\gexec`,
    doSql(`begin
  if not exists (select from pg_database where datname = ${name}) then raise exception 'the database was not made'; end if;
end`),
    `select json_build_object('recreated', :'ours'::boolean);`,
  );
}
