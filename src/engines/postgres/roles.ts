import { sqlLiteral } from '../../shared/quote.js';
import { GRANTS_JSON, type Grant } from './acl.js';
import { exclusiveSql } from './exclusive.js';
import { script } from './guard.js';

export interface CarriedRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDb: boolean;
  readonly canLogin: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
  readonly connLimit: number;
  readonly validUntil: string | null;
  readonly comment: string | null;
  /** The server's first superuser: exists on the target under its own name. */
  readonly bootstrap: boolean;
  readonly verifier: 'scram' | 'md5' | 'none' | 'unknown';
  readonly memberOf: readonly { readonly role: string; readonly admin: boolean }[];
  /** Settings of the role itself, for all databases. */
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  /** See FenceRecord.exclusive. */
  readonly exclusive: boolean;
  /** Databases it has sessions in now. */
  readonly sessionsIn: readonly string[];
}

/** What `pg_dump` leaves behind: roles, and the facts of the database itself. Read before the fence changes them. No secrets. */
export interface CarriedFacts {
  readonly database: string;
  readonly owner: string;
  readonly grants: readonly Grant[];
  readonly connLimit: number;
  readonly comment: string | null;
  /** ALTER DATABASE … SET (`role` null) and ALTER ROLE … IN DATABASE … SET. */
  readonly settings: readonly { readonly role: string | null; readonly name: string; readonly value: string }[];
  readonly roles: readonly CarriedRole[];
}

// The owner and grantees of the database, whoever its objects, rights and settings name, and what those are members of.
const WANTED = (
  database: string,
  role: string,
): string => `with recursive db as (select * from pg_database where datname = ${sqlLiteral(database)}),
named as (
  select s.refobjid as oid from pg_shdepend s, db where s.refclassid = 'pg_authid'::regclass
     and (s.dbid = db.oid or (s.dbid = 0 and s.classid = 'pg_database'::regclass and s.objid = db.oid))
  union select datdba from db
  union select s.setrole from pg_db_role_setting s, db where s.setdatabase = db.oid and s.setrole <> 0
  union select x.grantee from db, aclexplode(coalesce(db.datacl, acldefault('d', db.datdba))) x where x.grantee <> 0
  union select r.oid from pg_roles r where r.rolname = ${sqlLiteral(role)} or r.oid = 10
), wanted as (
  select oid from named union select m.roleid from wanted w join pg_auth_members m on m.member = w.oid
)`;

const SETTINGS = (from: string): string =>
  `(select coalesce(json_agg(json_build_object('name', split_part(x, '=', 1), 'value', substr(x, strpos(x, '=') + 1)) order by x), '[]'::json) from ${from})`;

const VERIFIER_KIND = `case when a.rolpassword is null then 'none' when a.rolpassword like 'SCRAM-SHA-256$%' then 'scram'
  when a.rolpassword ~ '^md5[0-9a-f]{32}$' then 'md5' else 'unknown' end`;

const roleRow = (
  together: readonly string[],
): string => `json_build_object('name', a.rolname, 'superuser', a.rolsuper, 'inherit', a.rolinherit, 'createRole', a.rolcreaterole,
  'createDb', a.rolcreatedb, 'canLogin', a.rolcanlogin, 'replication', a.rolreplication, 'bypassRls', a.rolbypassrls, 'connLimit', a.rolconnlimit,
  'validUntil', a.rolvaliduntil::text, 'comment', shobj_description(a.oid, 'pg_authid'), 'bootstrap', a.oid = 10, 'verifier', ${VERIFIER_KIND},
  'memberOf', (select coalesce(json_agg(json_build_object('role', pg_get_userbyid(m.roleid), 'admin', m.admin) order by pg_get_userbyid(m.roleid)), '[]'::json)
     from (select roleid, bool_or(admin_option) as admin from pg_auth_members where member = a.oid group by roleid) m),
  'settings', ${SETTINGS('pg_db_role_setting s cross join lateral unnest(s.setconfig) x where s.setrole = a.oid and s.setdatabase = 0')},
  'exclusive', ${exclusiveSql('a.oid', together)},
  'sessionsIn', (select coalesce(json_agg(distinct t.datname), '[]'::json) from pg_stat_activity t where t.usesysid = a.oid and t.datname is not null))`;

/**
 * One row for each role that comes along, `CarriedRole`. Predefined roles (`pg_…`) appear only as memberships.
 * `together` are all databases that move at once.
 */
export const rolesSql = (database: string, role = '', together: readonly string[] = [database]): string =>
  script(
    'begin;',
    'set local "TimeZone" = \'UTC\';',
    'set local "DateStyle" = \'ISO, MDY\';',
    `${WANTED(database, role)}
select ${roleRow(together)} from pg_authid a cross join db where a.oid in (select oid from wanted) and a.rolname !~ '^pg_' order by a.rolname;`,
    'commit;',
  );

/** One row, `CarriedFacts`; none when the database does not exist. Read it before the fence, and journal it. */
export const carriedFactsSql = (database: string, role: string, together: readonly string[] = [database]): string =>
  script(
    'begin;',
    'set local "TimeZone" = \'UTC\';',
    'set local "DateStyle" = \'ISO, MDY\';',
    `${WANTED(database, role)}
select json_build_object('database', d.datname, 'owner', pg_get_userbyid(d.datdba), 'grants', ${GRANTS_JSON}, 'connLimit', d.datconnlimit,
  'comment', shobj_description(d.oid, 'pg_database'),
  'settings', (select coalesce(json_agg(json_build_object('role', case s.setrole when 0 then null else pg_get_userbyid(s.setrole) end,
      'name', split_part(x, '=', 1), 'value', substr(x, strpos(x, '=') + 1)) order by s.setrole, x), '[]'::json)
    from pg_db_role_setting s cross join lateral unnest(s.setconfig) x where s.setdatabase = d.oid),
  'roles', (select coalesce(json_agg(${roleRow(together)} order by a.rolname), '[]'::json) from pg_authid a cross join db
    where a.oid in (select oid from wanted) and a.rolname !~ '^pg_'))
from db d;`,
    'commit;',
  );

/** One row `{name, verifier}` for each of these roles that has one. The verifier is a secret: wrap it as it arrives. */
export const verifiersSql = (names: readonly string[]): string =>
  script(
    `select json_build_object('name', rolname, 'verifier', rolpassword) from pg_authid
 where rolpassword is not null and rolname in (${['', ...names].map(sqlLiteral).join(', ')}) order by rolname;`,
  );
