import { script } from './guard.js';
import { FOREIGN_SESSION } from './sessions.js';

export interface SessionCountRow {
  readonly database: string;
  readonly role: string;
  /** Address of the client, `null` for the socket. */
  readonly client: string | null;
  readonly count: number;
}

/** Sessions on every database now, counted by database, role and address; dbctl's own left out. */
export const sessionCountsSql = (): string =>
  script(`select json_build_object('database', a.datname, 'role', coalesce(a.usename, ''), 'client', host(a.client_addr), 'count', count(*))
from pg_stat_activity a where a.datname is not null and a.application_name not like 'dbctl%' and ${FOREIGN_SESSION}
group by a.datname, a.usename, a.client_addr order by a.datname, a.usename;`);

/** Names of all roles that may log in. */
export const loginRolesSql = (): string =>
  script(`select json_build_object('name', rolname) from pg_roles where rolcanlogin order by rolname;`);
