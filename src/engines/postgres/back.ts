import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { connInfo } from './connection.js';
import { type DatabaseIdentity, serverGuardSql } from './guard.js';
import { type Locale, localeSql } from './locale.js';

/** The comment of such a database until it is live. */
export const backMark = (run: string): string => `dbctl ${run}: restored copy, not live yet`;

/**
 * An empty database on the shared instance that a rollback restores into. Closed to all but superusers, and marked with
 * the run, so that only this run may drop it. Twice is once.
 */
export function createBackSql({ name, run, like }: { name: string; run: string; like: Locale }): string {
  const create = `create database ${sqlIdent(name)} ${localeSql(like)} connection limit 0`;
  return [
    '\\set ON_ERROR_STOP on',
    `select ${sqlLiteral(create)} where not exists (select from pg_database where datname = ${sqlLiteral(name)}) \\gexec`,
    `comment on database ${sqlIdent(name)} is ${sqlLiteral(backMark(run))};`,
    `revoke all on database ${sqlIdent(name)} from public;`,
    '',
  ].join('\n');
}

/** Drops that database while it still carries this run's mark. Absent is success; any other mark is refused. */
export function dropBackSql({ name, run }: { name: string; run: string }): string {
  const guard = `do ${sqlLiteral(`begin
  if exists (select from pg_database where datname = ${sqlLiteral(name)}
             and coalesce(shobj_description(oid, 'pg_database'), '') <> ${sqlLiteral(backMark(run))}) then
    raise exception 'database % does not carry the mark of run %', ${sqlLiteral(name)}, ${sqlLiteral(run)};
  end if;
end`)};`;
  return [
    '\\set ON_ERROR_STOP on',
    guard,
    `select count(pg_terminate_backend(pid)) as ended from pg_stat_activity where datname = ${sqlLiteral(name)} and application_name like 'dbctl%' \\gset`,
    `select format('drop database %I', datname) from pg_database where datname = ${sqlLiteral(name)} \\gexec`,
    '',
  ].join('\n');
}

/**
 * Gives the restored database the live name. Whatever has that name now is either the recorded source (by then a
 * tombstone of its own, renamed by the caller before) or an empty database that the shared job's init made again: that
 * one is dropped only after this very session has seen that it is empty. Already switched is success.
 */
export function takeNameSql(options: {
  database: string;
  back: string;
  run: string;
  systemIdentifier: string;
  emptyCheck: string;
}): string {
  const { database, back, run, systemIdentifier } = options;
  const live = sqlLiteral(database);
  return [
    '\\set ON_ERROR_STOP on',
    `do ${sqlLiteral(`begin
  if (select system_identifier::text from pg_control_system()) <> ${sqlLiteral(systemIdentifier)} then
    raise exception 'this is not the recorded server';
  end if;
end`)};`,
    `select exists (select from pg_database where datname = ${sqlLiteral(back)}) as waiting, exists (select from pg_database where datname = ${live}) as taken \\gset`,
    '\\if :waiting',
    '\\if :taken',
    connect(database),
    `create temp table dbctl_seen as ${options.emptyCheck.trim().replace(/;$/, '')};`,
    `do $dbctl$ begin if exists (select from dbctl_seen) then raise exception 'the database with the live name is not empty'; end if; end $dbctl$;`,
    connect('postgres'),
    `select format('drop database %I', datname) from pg_database where datname = ${live} \\gexec`,
    '\\endif',
    `select count(pg_terminate_backend(pid)) as ended from pg_stat_activity where datname = ${sqlLiteral(back)} and application_name like 'dbctl%' \\gset`,
    `alter database ${sqlIdent(back)} rename to ${sqlIdent(database)};`,
    `comment on database ${sqlIdent(database)} is null;`,
    '\\endif',
    `select json_build_object('oid', oid::bigint, 'database', datname, 'run', ${sqlLiteral(run)}) from pg_database where datname = ${live};`,
    '',
  ].join('\n');
}

/**
 * Frees the live name for the recorded database: whatever else has it is dropped, but only when this very session has seen
 * that it is empty (the shared job's init makes such a one again). Nothing in the way is success.
 */
export function freeNameSql(of: DatabaseIdentity & { readonly emptyCheck: string }): string {
  const live = sqlLiteral(of.database);
  return [
    '\\set ON_ERROR_STOP on',
    serverGuardSql(of.systemIdentifier),
    `select exists (select from pg_database where datname = ${live} and oid <> ${of.oid}) as taken \\gset`,
    '\\if :taken',
    connect(of.database),
    `create temp table dbctl_seen as ${of.emptyCheck.trim().replace(/;$/, '')};`,
    `do $dbctl$ begin if exists (select from dbctl_seen) then raise exception 'the database with the live name is not empty'; end if; end $dbctl$;`,
    connect('postgres'),
    `select format('drop database %I', datname) from pg_database where datname = ${live} and oid <> ${of.oid} \\gexec`,
    '\\endif',
    '',
  ].join('\n');
}

/** `\connect` takes a connection string; quoting inside it keeps any name literal. */
const connect = (database: string): string => `\\connect ${sqlIdent(connInfo(database))}`;
