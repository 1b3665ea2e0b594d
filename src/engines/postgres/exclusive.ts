import { sqlLiteral } from '../../shared/quote.js';

/**
 * An SQL condition: the role owns and may use nothing outside these databases and has no session elsewhere, so taking its
 * login harms nobody else. `role` is an expression for its oid. Closed databases do not count: nobody can use them.
 */
export function exclusiveSql(role: string, databases: readonly string[]): string {
  const own = `(select oid from pg_database where datname in (${databases.map(sqlLiteral).join(', ')}))`;
  const harmless = `(select oid from pg_database where not datallowconn)`;
  return `(${role} <> 10 and not exists (select from pg_shdepend s where s.refclassid = 'pg_authid'::regclass and s.refobjid = ${role}
      and (s.dbid <> 0 and s.dbid not in ${own} and s.dbid not in ${harmless}
        or s.classid = 'pg_database'::regclass and s.objid not in ${own} and s.objid not in ${harmless}))
    and not exists (select from pg_stat_activity a where a.usesysid = ${role} and (a.datid is null or a.datid not in ${own}) and a.backend_type = 'client backend')
    and not exists (select from pg_db_role_setting s where s.setrole = ${role} and s.setdatabase <> 0 and s.setdatabase not in ${own}))`;
}
