import { sqlLiteral } from '../../shared/quote.js';
import { script } from './guard.js';
import { OWN_ROLE_PATTERN } from './sessions.js';

export interface LockerRow {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Address of the client, `null` for the socket. */
  readonly client: string | null;
  readonly state: string | null;
  /** UTC, ISO 8601; of the statement that runs now or ran last. */
  readonly queryStart: string | null;
  /** Tables that nobody else can even read. By number: a name could be asked for only inside the database. */
  readonly tables: number;
}

/** One row for each session, dbctl's own left out, that has a table of the database for itself alone. Needs no lock. */
export const lockersSql = (database: string): string =>
  script(`select json_build_object('pid', a.pid, 'user', coalesce(a.usename, a.backend_type), 'application', a.application_name,
  'client', host(a.client_addr), 'state', a.state, 'queryStart', to_char(a.query_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
  'tables', count(distinct l.relation))
from pg_stat_activity a join pg_locks l on l.pid = a.pid join pg_database d on d.oid = l.database
where d.datname = ${sqlLiteral(database)} and l.locktype = 'relation' and l.granted and l.mode = 'AccessExclusiveLock' and coalesce(a.usename, '') !~ '${OWN_ROLE_PATTERN}'
group by a.pid, a.usename, a.backend_type, a.application_name, a.client_addr, a.state, a.query_start order by a.pid;`);

export const lockerText = ({ pid, user, application, client, state, queryStart, tables }: LockerRow): string =>
  `pid ${pid}: ${user}${application === '' ? '' : ` (${application})`} from ${client ?? 'the socket'}, ${state ?? 'at work'}, query started ${queryStart ?? 'never'}, has ${tables} locked`;
