import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import type { Secret } from '../../shared/secret.js';
import { doSql, script } from './guard.js';
import { type Locale, localeSql } from './locale.js';
import { verifierText } from './verifier-text.js';

/** Names of the extensions that the server's image holds. One row `{name}` each. */
export const availableExtensionsSql = (): string =>
  script(`select json_build_object('name', name) from pg_available_extensions order by name;`);

/** Which of these roles exist. One row `{name}` each. */
export const existingRolesSql = (names: readonly string[]): string =>
  script(
    `select json_build_object('name', rolname) from pg_roles where rolname in (${names.map(sqlLiteral).join(', ')});`,
  );

/** Seen by the session itself: who it is and where. One row. */
export const whoAmISql = (): string =>
  script(`select json_build_object('role', session_user, 'database', current_database(), 'server', host(inet_server_addr()),
  'port', inet_server_port(), 'client', host(inet_client_addr()), 'version', current_setting('server_version'));`);

/** How the server checks who comes over TCP, and what kind of verifier the role has. One row. */
export const authSql = (role: string): string =>
  script(`select json_build_object(
  'methods', (select coalesce(json_agg(distinct auth_method), '[]'::json) from pg_hba_file_rules where type like 'host%' and auth_method <> 'reject'),
  'verifier', (select case when rolpassword like 'SCRAM-SHA-256$%' then 'scram-sha-256' else 'other' end from pg_authid where rolname = ${sqlLiteral(role)}),
  'systemIdentifier', (select system_identifier::text from pg_control_system()));`);

export interface NewDatabases {
  readonly role: string;
  readonly databases: readonly (Locale & { readonly name: string })[];
  readonly verifier: Secret;
  /** Whether an earlier, cut attempt of this run may have made some of them. */
  readonly again: boolean;
}

/**
 * Role and databases on a server that others use. What is there and not of this run is refused (SQLSTATE DB001), except a
 * role: it keeps its password. Twice is once. Rows `{role, made}` and `{database, oid}`. Run in `postgres`.
 */
export function createDatabasesSql({ role, databases, verifier, again }: NewDatabases): string {
  const name = sqlLiteral(role);
  return script(
    ...(again ? [] : [absentSql(databases.map((database) => database.name))]),
    `select not exists (select from pg_roles where rolname = ${name}) as made \\gset`,
    '\\if :made',
    'begin;',
    "set local log_statement = 'none';",
    'set local log_min_error_statement = panic;',
    'set local log_min_duration_statement = -1;',
    `\\set verifier '${verifierText(verifier)}'`,
    `create role ${sqlIdent(role)} login password :'verifier';`,
    '\\unset verifier',
    'commit;',
    '\\endif',
    ...databases.map(
      (database) =>
        `select ${sqlLiteral(createSql(database, role))} where not exists (select from pg_database where datname = ${sqlLiteral(database.name)}) \\gexec`,
    ),
    `select json_build_object('role', ${name}, 'made', :'made'::boolean);`,
    `select json_build_object('database', datname, 'oid', oid::bigint) from pg_database where datname in (${databases.map((database) => sqlLiteral(database.name)).join(', ')});`,
  );
}

const createSql = (database: NewDatabases['databases'][number], role: string): string =>
  `create database ${sqlIdent(database.name)} owner ${sqlIdent(role)} ${localeSql(database)}`;

const absentSql = (names: readonly string[]): string =>
  doSql(`begin
  if exists (select from pg_database where datname in (${names.map(sqlLiteral).join(', ')})) then
    raise exception 'a database of that name exists meanwhile' using errcode = 'DB001';
  end if;
end`);

/** Run in the new database. Twice is once. */
export const createExtensionsSql = (names: readonly string[]): string =>
  script(...names.map((name) => `create extension if not exists ${sqlIdent(name)} cascade;`));

/**
 * Drops what a provision made: databases by name and oid, so that nobody else's is hit, then the role if it was made too.
 * Absent is success; a database in use makes it fail. Run in `postgres`.
 */
export const dropMadeSql = (made: {
  readonly databases: readonly { readonly database: string; readonly oid: number }[];
  readonly role: string | null;
}): string =>
  script(
    ...made.databases.map(
      ({ database, oid }) =>
        `select format('drop database %I', datname) from pg_database where datname = ${sqlLiteral(database)} and oid = ${Math.trunc(oid)} \\gexec`,
    ),
    ...(made.role === null ? [] : [`drop role if exists ${sqlIdent(made.role)};`]),
  );
