import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { GRANTS_JSON, type Grant, grantAllSql, revokeAllSql } from './acl.js';
import { exclusiveSql } from './exclusive.js';
import { type DatabaseIdentity, identityGuardSql, script } from './guard.js';
import { FOREIGN_SESSION, SESSION_ROW } from './sessions.js';

/** What the fence changes, as it was before. Journalled before the first change; undo restores exactly this. */
export interface FenceRecord extends DatabaseIdentity {
  readonly owner: string;
  /** Effective rights on the database. */
  readonly grants: readonly Grant[];
  readonly connLimit: number;
  /** The app's role. */
  readonly role: string;
  readonly roleCanLogin: boolean;
  readonly roleIsSuperuser: boolean;
  /** See `exclusiveSql`. */
  readonly exclusive: boolean;
}

export interface FenceOf {
  readonly database: string;
  readonly role: string;
  /** Every database that is closed together with it; alone when left out. */
  readonly together?: readonly string[];
}

/** One row, a `FenceRecord`; none when the database or the role does not exist. */
export const recordFenceSql = ({ database, role, together = [database] }: FenceOf): string =>
  script(`select json_build_object('database', d.datname, 'oid', d.oid::bigint, 'systemIdentifier', c.system_identifier::text,
  'owner', pg_get_userbyid(d.datdba), 'grants', ${GRANTS_JSON}, 'connLimit', d.datconnlimit,
  'role', r.rolname, 'roleCanLogin', r.rolcanlogin, 'roleIsSuperuser', r.rolsuper, 'exclusive', ${exclusiveSql('r.oid', together)})
from pg_database d cross join pg_control_system() c cross join pg_roles r
where d.datname = ${sqlLiteral(database)} and r.rolname = ${sqlLiteral(role)};`);

/**
 * Closes the source to everybody but superusers. Each leg holds by itself: the owner becomes the bootstrap superuser (so the
 * old one cannot grant or raise the limit), no CONNECT, CONNECTION LIMIT 0 (survives a GRANT by an init script), and NOLOGIN
 * when the role is used nowhere else. Sessions that are open stay open: `terminateSql` ends them. Twice is once.
 */
export function closeSql(record: FenceRecord): string {
  const login = record.exclusive ? [`alter role ${sqlIdent(record.role)} nologin;`] : [];
  return script(
    identityGuardSql(record, [record.database]),
    'begin;',
    `select format('alter database %I owner to %I', d.datname, pg_get_userbyid(10)) from pg_database d where d.oid = ${record.oid} \\gexec`,
    revokeAllSql(String(record.oid)),
    `alter database ${sqlIdent(record.database)} connection limit 0;`,
    ...login,
    'commit;',
    `select json_build_object('closed', datconnlimit = 0) from pg_database where oid = ${record.oid};`,
  );
}

const others = ({ oid }: DatabaseIdentity): string => `a.datid = ${oid} and ${FOREIGN_SESSION}`;

/** Ends every session on the source but dbctl's own; one row for each that was told to end. */
export const terminateSql = (record: DatabaseIdentity): string =>
  script(
    identityGuardSql(record, [record.database]),
    // Chosen first, ended after: as one condition among others the planner may call it before it looks at the database.
    `with chosen as materialized (select a.pid, ${SESSION_ROW} as shown from pg_stat_activity a where ${others(record)})
select shown from chosen where pg_terminate_backend(pid);`,
  );

/** One row for each session that is still there. */
export const sessionsLeftSql = (record: DatabaseIdentity): string =>
  script(`select ${SESSION_ROW} from pg_stat_activity a where ${others(record)} order by a.pid;`);

export interface FenceProblem {
  readonly problem: string;
}

/**
 * One row for each way in which somebody could write to the source; none = the fence holds. `names` are those it may go by:
 * once it is put aside it has another.
 */
export function checkFenceSql(record: FenceRecord, names: readonly string[] = [record.database]): string {
  const { oid } = record;
  const name = sqlLiteral(record.database);
  const row = (text: string, from: string): string => `select json_build_object('problem', ${text}) ${from}`;
  return script(
    `${[
      row(
        "'this is another server than the recorded one'",
        `from pg_control_system() where system_identifier::text <> ${sqlLiteral(record.systemIdentifier)}`,
      ),
      row(
        `'the recorded database is not there any more'`,
        `where not exists (select from pg_database where oid = ${oid} and datname in (${names.map(sqlLiteral).join(', ')}))`,
      ),
      row(
        "'the owner is ' || pg_get_userbyid(datdba)",
        `from pg_database where oid = ${oid} and not (select rolsuper from pg_roles where oid = datdba)`,
      ),
      row("'the connection limit is ' || datconnlimit", `from pg_database where oid = ${oid} and datconnlimit <> 0`),
      row(
        "'superuser ' || rolname || ' may log in: no limit holds it'",
        `from pg_roles where rolname = ${sqlLiteral(record.role)} and rolsuper and rolcanlogin`,
      ),
      row(
        "'session of ' || coalesce(a.usename, a.backend_type) || ' (' || a.application_name || ') from ' || coalesce(host(a.client_addr), 'the socket')",
        `from pg_stat_activity a where ${others(record)}`,
      ),
      row("'prepared transaction ' || gid", `from pg_prepared_xacts where database = ${name}`),
      row("'subscription ' || subname || ' is enabled'", `from pg_subscription where subdbid = ${oid} and subenabled`),
    ].join('\nunion all\n')};`,
  );
}

/** Restores owner, effective rights, limit and login exactly as recorded. Twice is once. */
export function reopenSql(record: FenceRecord): string {
  const database = sqlIdent(record.database);
  const login = record.exclusive
    ? [`alter role ${sqlIdent(record.role)} ${record.roleCanLogin ? 'login' : 'nologin'};`]
    : [];
  return script(
    identityGuardSql(record, [record.database]),
    'begin;',
    `alter database ${database} owner to ${sqlIdent(record.owner)};`,
    revokeAllSql(String(record.oid)),
    ...grantAllSql(record.grants, record.owner, record.database),
    `alter database ${database} connection limit ${Math.trunc(record.connLimit)};`,
    ...login,
    'commit;',
    `select json_build_object('reopened', true, 'owner', pg_get_userbyid(d.datdba), 'grants', ${GRANTS_JSON}) from pg_database d where d.oid = ${record.oid};`,
  );
}
export { type DropResult, dropTombstoneSql, type Tombstone, tombstoneSql, untombstoneSql } from './tombstone.js';
