import { script } from './guard.js';
import { FOREIGN_SESSION } from './sessions.js';

/** One row for the server, then one for each database that is somebody's. */
export type ServerStatusRow =
  | {
      readonly kind: 'server';
      /** server_version_num. */
      readonly version: number;
      /** UTC, ISO 8601. */
      readonly started: string;
      readonly sessions: number;
      readonly maxConnections: number;
    }
  | {
      readonly kind: 'database';
      readonly name: string;
      readonly owner: string;
      readonly bytes: number;
      readonly open: boolean;
      /** Clients now, dbctl left out. */
      readonly sessions: number;
      /** Since `since`; `null` before 14. */
      readonly sessionsSeen: number | null;
      /** When the counters began; `null` when the server does not tell. */
      readonly since: string | null;
    };

const UTC = (value: string): string => `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const CLIENT = `a.backend_type = 'client backend' and ${FOREIGN_SESSION}`;

/** All that a status says of a server, in one question. To be run in `postgres`; changes nothing. */
export const serverStatusSql = (): string =>
  script(
    `select json_build_object('kind', 'server', 'version', current_setting('server_version_num')::int,
  'started', ${UTC('pg_postmaster_start_time()')}, 'maxConnections', current_setting('max_connections')::int,
  'sessions', (select count(*) from pg_stat_activity a where ${CLIENT}));`,
    `select json_build_object('kind', 'database', 'name', d.datname, 'owner', pg_get_userbyid(d.datdba),
  'bytes', pg_database_size(d.oid), 'open', d.datallowconn,
  'sessions', (select count(*) from pg_stat_activity a where a.datid = d.oid and ${CLIENT}),
  'sessionsSeen', (to_jsonb(s) ->> 'sessions')::bigint,
  'since', ${UTC('coalesce(s.stats_reset, pg_postmaster_start_time())')})
from pg_database d left join pg_stat_database s on s.datid = d.oid
where not d.datistemplate and d.datname <> 'postgres' order by d.datname;`,
  );
