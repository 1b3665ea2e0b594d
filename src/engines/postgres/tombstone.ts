import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { type DatabaseIdentity, doSql, identityGuardSql, script, serverGuardSql } from './guard.js';

export interface Tombstone extends DatabaseIdentity {
  /** `tombstoneName(database, run)`. */
  readonly tombstone: string;
}

const renameSql = (oid: number, from: string, to: string): string =>
  `select format('alter database %I rename to %I', datname, ${sqlLiteral(to)}) from pg_database where oid = ${oid} and datname = ${sqlLiteral(from)} \\gexec`;

const shown = (oid: number): string =>
  `select json_build_object('database', datname, 'allowConnections', datallowconn) from pg_database where oid = ${oid};`;

/**
 * Puts the source aside: renamed and closed to everybody. PostgreSQL refuses while a session lives on it. Twice is once.
 * After it the old name is free: an init script of the shared job may make an empty database of that name again.
 */
export const tombstoneSql = (of: Tombstone): string =>
  script(
    serverGuardSql(of.systemIdentifier),
    // Not the pair of names: once renamed, another database may rightly carry the old one.
    doSql(`begin
  if not exists (select from pg_database where oid = ${of.oid} and datname in (${sqlLiteral(of.database)}, ${sqlLiteral(of.tombstone)})) then
    raise exception 'oid ${of.oid} is not the recorded database' using errcode = 'DB001';
  end if;
end`),
    'begin;',
    renameSql(of.oid, of.database, of.tombstone),
    `alter database ${sqlIdent(of.tombstone)} with allow_connections false;`,
    'commit;',
    shown(of.oid),
  );

/** Gives the source its name back and lets superusers in; the rest is `reopenSql`. Fails while the old name is taken. */
export const untombstoneSql = (of: Tombstone): string =>
  script(
    serverGuardSql(of.systemIdentifier),
    doSql(`begin
  if not exists (select from pg_database where oid = ${of.oid} and datname in (${sqlLiteral(of.database)}, ${sqlLiteral(of.tombstone)})) then
    raise exception 'oid ${of.oid} is not the recorded database' using errcode = 'DB001';
  elsif exists (select from pg_database where oid <> ${of.oid} and datname = ${sqlLiteral(of.database)}) then
    raise exception 'another database has taken the name %', ${sqlLiteral(of.database)} using errcode = 'DB002';
  end if;
end`),
    'begin;',
    renameSql(of.oid, of.tombstone, of.database),
    `alter database ${sqlIdent(of.database)} with allow_connections true;`,
    'commit;',
    shown(of.oid),
  );

export interface DropResult {
  readonly databaseGone: boolean;
  readonly roleGone: boolean;
  /** Why the role stays; `null` when it is gone. */
  readonly roleKept: string | null;
}

const KEPT = 'dbctl.role_kept';

/** DROP ROLE says itself what still depends on the role; sessions and members it would not mind. */
function dropRoleSql(role: string): string {
  const name = sqlLiteral(role);
  return doSql(`declare
  r record;
  kept text;
begin
  select * into r from pg_roles where rolname = ${name};
  if not found then return; end if;
  kept := case
    when r.rolsuper then 'it is a superuser'
    when exists (select from pg_stat_activity where usesysid = r.oid) then 'it has sessions'
    when exists (select from pg_auth_members where roleid = r.oid) then 'other roles are members of it'
    when exists (select from pg_db_role_setting where setrole = r.oid and setdatabase <> 0) then 'another database has settings for it'
  end;
  if kept is null then
    begin
      execute format('drop role %I', ${name});
    exception when dependent_objects_still_exist then
      kept := 'other databases hold objects or rights of it';
    end;
  end if;
  perform set_config('${KEPT}', coalesce(kept, ''), false);
end`);
}

/**
 * Drops the tombstone and, if nothing else needs it, the role. Only a closed database with this oid, this name, on this server.
 * An absent one is success. Never in a transaction: DROP DATABASE refuses that. One row, a `DropResult`.
 */
export const dropTombstoneSql = (of: Tombstone & { readonly role?: string }): string =>
  script(
    identityGuardSql(of, [of.tombstone], true),
    doSql(`begin
  if exists (select from pg_database where oid = ${of.oid} and datallowconn) then
    raise exception 'the database is not closed' using errcode = 'DB001';
  end if;
end`),
    `select format('drop database %I', datname) from pg_database where oid = ${of.oid} and datname = ${sqlLiteral(of.tombstone)} \\gexec`,
    `select count(set_config('${KEPT}', 'not asked for', false)) as ignored \\gset`,
    ...(of.role === undefined ? [] : [dropRoleSql(of.role)]),
    `select json_build_object('databaseGone', not exists (select from pg_database where oid = ${of.oid}),
  'roleGone', not exists (select from pg_roles where rolname = ${sqlLiteral(of.role ?? '')}) and ${of.role !== undefined},
  'roleKept', case when ${of.role === undefined} or exists (select from pg_roles where rolname = ${sqlLiteral(of.role ?? '')}) then current_setting('${KEPT}') end);`,
  );
