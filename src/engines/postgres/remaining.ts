import { script } from './guard.js';
import { FOREIGN_SESSION } from './sessions.js';

/** What still lives on an instance: one row per database, per kind of session, and for tables in `postgres` itself. */
export type RemainingRow =
  | { readonly kind: 'database'; readonly name: string; readonly bytes: number; readonly open: boolean }
  | {
      readonly kind: 'session';
      readonly database: string;
      readonly user: string;
      readonly client: string;
      readonly count: number;
    }
  | { readonly kind: 'tables'; readonly database: string; readonly count: number }
  | { readonly kind: 'slot'; readonly name: string }
  | { readonly kind: 'prepared'; readonly name: string };

/** To be run in the database `postgres` by a superuser. Templates and `postgres` itself are no databases of anybody. */
export const remainingSql = (): string =>
  script(
    `select json_build_object('kind', 'database', 'name', datname, 'bytes', pg_database_size(oid), 'open', datallowconn)
from pg_database where not datistemplate and datname <> 'postgres' order by datname;`,
    `select json_build_object('kind', 'session', 'database', coalesce(a.datname, ''), 'user', coalesce(a.usename, ''),
  'client', coalesce(host(a.client_addr), 'socket'), 'count', count(*))
from pg_stat_activity a where a.backend_type = 'client backend' and ${FOREIGN_SESSION}
group by a.datname, a.usename, a.client_addr order by a.datname, a.usename;`,
    `select json_build_object('kind', 'tables', 'database', current_database(), 'count', count(*))
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'dbctl')
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
having count(*) > 0;`,
    `select json_build_object('kind', 'slot', 'name', slot_name) from pg_replication_slots order by slot_name;`,
    `select json_build_object('kind', 'prepared', 'name', gid) from pg_prepared_xacts order by gid;`,
  );
