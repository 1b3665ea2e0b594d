import { sqlLiteral } from '../../shared/quote.js';
import { script } from './guard.js';
import { COLLATION_ACTUAL } from './identity.js';
import { markerSql } from './marker.js';
import { FOREIGN_SESSION } from './sessions.js';

/** Settings that decide whether rows survive a crash, and who can reach the server. */
const SETTINGS = ['listen_addresses', 'port', 'fsync', 'full_page_writes', 'autovacuum', 'password_encryption'];

const list = (row: string, from: string): string => `(select coalesce(json_agg(${row}), '[]'::json) from ${from})`;

// to_jsonb gives null for a column that this major does not have.
const DATABASES = list(
  `json_build_object('name', d.datname, 'oid', d.oid::bigint, 'owner', pg_get_userbyid(d.datdba), 'open', d.datallowconn,
  'connLimit', d.datconnlimit, 'bytes', pg_database_size(d.oid), 'frozenAge', age(d.datfrozenxid),
  'collation', json_build_object('recorded', to_jsonb(d) ->> 'datcollversion', 'actual', :collactual),
  'checksumFailures', coalesce((select (to_jsonb(s) ->> 'checksum_failures')::bigint from pg_stat_database s where s.datid = d.oid), 0))
  order by d.datname`,
  'pg_database d where not d.datistemplate',
);

const ROLES = list(
  `json_build_object('name', a.rolname, 'superuser', a.rolsuper, 'login', a.rolcanlogin, 'validUntil', a.rolvaliduntil::text,
  'verifier', case when a.rolpassword is null then 'none' when a.rolpassword like 'SCRAM-SHA-256$%' then 'scram'
    when a.rolpassword ~ '^md5[0-9a-f]{32}$' then 'md5' else 'unknown' end) order by a.rolname`,
  "pg_authid a where a.rolname !~ '^pg_'",
);

const CONNECTIONS = `json_build_object('max', current_setting('max_connections')::int,
  'reserved', current_setting('superuser_reserved_connections')::int,
  'used', (select count(*) from pg_stat_activity where backend_type = 'client backend'))`;

const SETTINGS_JSON = `(select json_object_agg(name, setting) from pg_settings where name in (${SETTINGS.map(sqlLiteral).join(', ')}))`;

const HBA_ROW = `format('%s %s %s %s %s', h.type, array_to_string(h.database, ','), array_to_string(h.user_name, ','), coalesce(h.address, ''), h.auth_method)`;

const SECONDS = (since: string): string => `extract(epoch from clock_timestamp() - ${since})::bigint`;

/**
 * Everything doctor asks a server, as one script: a `ServerSql` row without its markers, then a row `{marker}` for each
 * marker of `service`, then a row `{role, verifier}` for each owner of a database and each of `roles`. The verifiers are
 * secrets: wrap them as they arrive. Changes nothing.
 */
export const serverLookSql = (roles: readonly string[], service: string | null): string =>
  script(
    ...COLLATION_ACTUAL,
    `select json_build_object('version', current_setting('server_version_num')::int,
  'systemIdentifier', (select system_identifier::text from pg_control_system()),
  'databases', ${DATABASES},
  'roles', ${ROLES},
  'connections', ${CONNECTIONS},
  'settings', ${SETTINGS_JSON},
  'pendingRestart', ${list(`json_build_object('name', s.name, 'setting', coalesce(s.setting, '')) order by s.name`, 'pg_settings s where s.pending_restart')},
  'trust', ${list(HBA_ROW, "pg_hba_file_rules h where h.type like 'host%' and h.auth_method = 'trust'")},
  'hbaErrors', ${list(`format('line %s: %s', h.line_number, h.error)`, 'pg_hba_file_rules h where h.error is not null')},
  'prepared', ${list(`json_build_object('gid', p.gid, 'database', p.database, 'seconds', ${SECONDS('p.prepared')})`, 'pg_prepared_xacts p')},
  'slots', ${list(`json_build_object('name', l.slot_name, 'active', l.active, 'bytes', coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), l.restart_lsn), 0)::bigint)`, 'pg_replication_slots l')},
  'idle', ${list(`json_build_object('pid', a.pid, 'role', coalesce(a.usename, ''), 'database', coalesce(a.datname, ''), 'seconds', ${SECONDS('a.state_change')})`, `pg_stat_activity a where a.state like 'idle in transaction%' and ${FOREIGN_SESSION}`)},
  'sessions', ${list(`json_build_object('role', x.usename, 'database', x.datname, 'count', x.count)`, `(select a.usename, a.datname, count(*) from pg_stat_activity a where a.datname is not null and a.usename is not null and a.backend_type = 'client backend' and ${FOREIGN_SESSION} group by 1, 2) x`)});`,
    ...(service === null ? [] : [markerSql(service)]),
    `select json_build_object('role', a.rolname, 'verifier', a.rolpassword) from pg_authid a where a.rolpassword is not null
  and (a.rolname in (${['', ...roles].map(sqlLiteral).join(', ')}) or exists (select from pg_database d where d.datdba = a.oid)) order by a.rolname;`,
  );
