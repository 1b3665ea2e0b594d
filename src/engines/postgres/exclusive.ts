import { sqlLiteral } from '../../shared/quote.js';

/**
 * An SQL condition: the role owns and may use nothing outside these databases and has no session elsewhere, so taking its
 * login harms nobody else. `role` is an expression for its oid. Closed databases do not count: nobody can use them.
 */
export function exclusiveSql(role: string, databases: readonly string[]): string {
  const own = `(select oid from pg_database where datname in (${databases.map(sqlLiteral).join(', ')}))`;
  const harmless = `(select oid from pg_database where not datallowconn)`;
  return `(${role} <> 10 and not exists (select from pg_shdepend dep where dep.refclassid = 'pg_authid'::regclass and dep.refobjid = ${role}
      and (dep.dbid <> 0 and dep.dbid not in ${own} and dep.dbid not in ${harmless}
        or dep.classid = 'pg_database'::regclass and dep.objid not in ${own} and dep.objid not in ${harmless}))
    and not exists (select from pg_stat_activity used where used.usesysid = ${role} and (used.datid is null or used.datid not in ${own}) and used.backend_type = 'client backend')
    and not exists (select from pg_db_role_setting setting where setting.setrole = ${role} and setting.setdatabase <> 0 and setting.setdatabase not in ${own}))`;
}
