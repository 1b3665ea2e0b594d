import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { freeNameSql } from './back.js';
import { doSql, identityGuardSql, script, serverGuardSql } from './guard.js';
import { emptyCheckSql } from './scripts.js';

/** A new server that is filled from a backup, by the run that made it. */
export interface Filling {
  readonly service: string;
  readonly run: string;
  readonly systemIdentifier: string;
}

/** Who has a marker that is not this very run's is not filled. SQLSTATE DB001. */
const ownMarkersSql = ({ service, run }: Filling): string =>
  doSql(`begin
  if to_regclass('dbctl.marker') is null then return; end if;
  if exists (select from dbctl.marker
      where service = ${sqlLiteral(service)} and (run <> ${sqlLiteral(run)} or state <> 'importing')) then
    raise exception 'the database is marked: it is not one that this run fills' using errcode = 'DB001';
  end if;
end`);

/** Nothing is dropped or renamed before this run has set its mark. SQLSTATE DB001. */
const markedSql = (filling: Filling): string =>
  [
    ownMarkersSql(filling),
    doSql(`begin
  if not exists (select from dbctl.marker where service = ${sqlLiteral(filling.service)}) then
    raise exception 'the databases do not have the mark of this run' using errcode = 'DB001';
  end if;
end`),
  ].join('\n');

/**
 * Takes away what the server's first start made: databases of these names, each only when this session has seen it empty, and
 * the role, which owns nothing then. Absent is success. Run in `postgres`.
 */
export const clearWaySql = (filling: Filling, names: readonly string[], role: string): string =>
  [
    script(serverGuardSql(filling.systemIdentifier), ownMarkersSql(filling)),
    ...names.map((database) =>
      freeNameSql({ database, oid: 0, systemIdentifier: filling.systemIdentifier, emptyCheck: emptyCheckSql() }),
    ),
    script(
      `select format('drop role %I', rolname) from pg_roles where rolname = ${sqlLiteral(role)} and oid <> 10 \\gexec`,
    ),
  ].join('\n');

/** Drops what a cut attempt of this run left under that name. Absent is success. Run in `postgres`. */
export const dropFilledSql = (filling: Filling, database: string): string =>
  script(
    serverGuardSql(filling.systemIdentifier),
    markedSql(filling),
    `select count(pg_terminate_backend(pid)) as ended from pg_stat_activity where datname = ${sqlLiteral(database)} and backend_type = 'client backend' \\gset`,
    `select format('drop database %I', datname) from pg_database where datname = ${sqlLiteral(database)} \\gexec`,
  );

export interface Adopted {
  readonly oid: number;
  readonly from: string;
  readonly to: string;
}

/** `from` becomes `to`, with everything that it owns, may and is a member of. */
const renameRoleSql = (from: string, to: string): string =>
  doSql(`declare
  old bigint := (select oid from pg_roles where rolname = ${sqlLiteral(from)});
  new bigint := (select oid from pg_roles where rolname = ${sqlLiteral(to)});
begin
  if old = 10 or new = 10 then raise exception 'the superuser of the server is nobody''s role' using errcode = 'DB001'; end if;
  if old is null and new is null then raise exception 'the role is gone' using errcode = 'DB001'; end if;
  if old is not null and new is not null and old <> new then raise exception 'there are two roles' using errcode = 'DB001'; end if;
  if new is null then execute format('alter role %I rename to %I', ${sqlLiteral(from)}, ${sqlLiteral(to)}); end if;
end`);

/**
 * Databases and role get their new names in one transaction, or nothing does. By oid, and only while the marks are this run's.
 * Done already is success. One row `{database, owner}` each. Run in `postgres`.
 */
export const adoptSql = (
  filling: Filling,
  databases: readonly Adopted[],
  role: { readonly from: string; readonly to: string },
): string =>
  script(
    markedSql(filling),
    ...databases.map(({ oid, from, to }) =>
      identityGuardSql({ database: to, oid, systemIdentifier: filling.systemIdentifier }, [from, to]),
    ),
    `select count(pg_terminate_backend(pid)) as ended from pg_stat_activity where datid in (${databases.map(({ oid }) => Math.trunc(oid)).join(', ')}) and pid <> pg_backend_pid() \\gset`,
    'begin;',
    'set local synchronous_commit = on;',
    ...databases.map(
      ({ oid, to }) =>
        `select format('alter database %I rename to %I', datname, ${sqlLiteral(to)}) from pg_database where oid = ${Math.trunc(oid)} and datname <> ${sqlLiteral(to)} \\gexec`,
    ),
    renameRoleSql(role.from, role.to),
    `alter role ${sqlIdent(role.to)} login;`,
    'commit;',
    `select json_build_object('database', datname, 'owner', pg_get_userbyid(datdba)) from pg_database where oid in (${databases.map(({ oid }) => Math.trunc(oid)).join(', ')}) order by datname;`,
  );

/**
 * Of a backup of an instance that many shared: roles that the app's has nothing to do with, and that nothing here depends on,
 * are other services' and go with their verifiers. Absent is success. Run in `postgres`.
 */
export const dropStrangersSql = (filling: Filling, role: string): string =>
  script(
    markedSql(filling),
    doSql(`declare
  stranger name;
begin
  for stranger in
    with recursive above(oid) as (
      select oid from pg_roles where rolname = ${sqlLiteral(role)}
      union select m.roleid from above a join pg_auth_members m on m.member = a.oid
    ), below(oid) as (
      select oid from pg_roles where rolname = ${sqlLiteral(role)}
      union select m.member from below b join pg_auth_members m on m.roleid = b.oid
    )
    select rolname from pg_roles where oid >= 16384 and oid not in (select oid from above union select oid from below)
  loop
    begin
      execute format('drop role %I', stranger);
    exception when dependent_objects_still_exist then null;
    end;
  end loop;
end`),
  );

/** One row `{name}` for each of these roles that there is. */
export const rolesThereSql = (names: readonly string[]): string =>
  script(
    `select json_build_object('name', rolname) from pg_roles where rolname in (${names.map(sqlLiteral).join(', ')}) order by rolname;`,
  );
