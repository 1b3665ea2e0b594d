import { sqlLiteral } from '../../shared/quote.js';
import { script } from './guard.js';

export interface SessionRow {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Address of the client, `null` for the socket. */
  readonly client: string | null;
  readonly state: string | null;
  /** UTC, ISO 8601. */
  readonly since: string;
  readonly kind: string;
}

/** dbctl's own role of a run, see `roleName`. */
export const OWN_ROLE_PATTERN = '^dbctl_[0-9]{8}_[0-9]{6}_[a-z0-9]{4}$';

/** Who can write: neither autovacuum nor the workers of somebody who is listed anyway. */
export const FOREIGN_SESSION = `a.pid <> pg_backend_pid() and a.backend_type not in ('autovacuum worker', 'parallel worker')
  and coalesce(a.usename, '') !~ '${OWN_ROLE_PATTERN}'`;

export const SESSION_ROW = `json_build_object('pid', a.pid, 'user', coalesce(a.usename, ''), 'application', a.application_name,
  'client', host(a.client_addr), 'state', a.state, 'since', to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'kind', a.backend_type)`;

/** Sessions on a database now, dbctl's own left out. */
export const sessionsSql = (database: string): string =>
  script(
    `select ${SESSION_ROW} from pg_stat_activity a where a.datname = ${sqlLiteral(database)} and ${FOREIGN_SESSION} order by a.pid;`,
  );

export interface SessionsSeenRow {
  /** Sessions since the statistics began; `null` before 14. Compare two readings: a smaller one means a reset. */
  readonly sessions: number | null;
  readonly commits: number;
  /** Now. */
  readonly active: number;
  readonly ofRole: number;
}

/**
 * Whether clients use a database: apps that hold no connection between requests are seen only by the counter, apps that
 * hold one for days only by the activity.
 */
export const sessionsSeenSql = ({ database, role }: { database: string; role: string }): string =>
  script(`select json_build_object('sessions', (to_jsonb(s) ->> 'sessions')::bigint, 'commits', s.xact_commit,
  'active', count(a.pid), 'ofRole', count(a.pid) filter (where a.usename = ${sqlLiteral(role)}))
from pg_stat_database s left join pg_stat_activity a on a.datid = s.datid and ${FOREIGN_SESSION}
where s.datname = ${sqlLiteral(database)} group by to_jsonb(s) ->> 'sessions', s.xact_commit;`);

/** One row for each session of the toolbox scripts of that run; they carry it in their application name. */
export const sessionsOfRunSql = (run: string): string =>
  script(
    `select json_build_object('pid', pid) from pg_stat_activity where application_name = ${sqlLiteral(`dbctl_${run}`)};`,
  );
