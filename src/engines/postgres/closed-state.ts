import { identityGuardSql, script } from './guard.js';
import type { Tombstone } from './tombstone.js';

export interface TombstoneState {
  readonly closed: boolean;
  readonly sessions: number;
}

/** One row while the recorded oid carries the tombstone's name; none when it is gone. */
export const tombstoneStateSql = ({ oid }: Tombstone): string =>
  script(`select json_build_object('closed', not datallowconn and datconnlimit = 0,
  'sessions', (select count(*) from pg_stat_activity a where a.datid = d.oid))
from pg_database d where d.oid = ${oid};`);

/** Opens the tombstone for superusers (its CONNECTION LIMIT stays 0) or closes it again. Twice is once. */
export const allowConnectionsSql = (of: Tombstone, allow: boolean): string =>
  script(
    identityGuardSql(of, [of.tombstone]),
    `select format('alter database %I with allow_connections ${allow}', datname) from pg_database where oid = ${of.oid} and datallowconn <> ${allow} \\gexec`,
  );
