import { sqlLiteral } from '../../shared/quote.js';
import { identityGuardSql, script } from './guard.js';
import { FOREIGN_SESSION } from './sessions.js';
import type { Tombstone } from './tombstone.js';

/** What is found under a tombstone's oid and name. */
export interface TombstoneState {
  /** Of the server that answered; an oid means nothing on another. */
  readonly systemIdentifier: string;
  /** What the recorded oid is called now; `null` when it is gone. */
  readonly name: string | null;
  /** Nobody at all may connect. */
  readonly closed: boolean;
  readonly connLimit: number | null;
  /** dbctl's own left out. */
  readonly sessions: number;
  /** Oid of another database that carries the tombstone's name. */
  readonly namesake: number | null;
}

/** One row, a `TombstoneState`. Changes nothing. */
export const tombstoneStateSql = ({ oid, tombstone }: Tombstone): string =>
  script(`select json_build_object('systemIdentifier', c.system_identifier::text, 'name', d.datname,
  'closed', coalesce(not d.datallowconn and d.datconnlimit = 0, false), 'connLimit', d.datconnlimit,
  'sessions', (select count(*) from pg_stat_activity a where a.datid = d.oid and ${FOREIGN_SESSION}),
  'namesake', (select n.oid::bigint from pg_database n where n.datname = ${sqlLiteral(tombstone)} and n.oid <> ${oid}))
from pg_control_system() c left join pg_database d on d.oid = ${oid};`);

/** Opens the tombstone for superusers (its CONNECTION LIMIT stays 0) or closes it again. Twice is once. */
export const allowConnectionsSql = (of: Tombstone, allow: boolean): string =>
  script(
    identityGuardSql(of, [of.tombstone]),
    `select format('alter database %I with allow_connections ${allow}', datname) from pg_database where oid = ${of.oid} and datallowconn <> ${allow} \\gexec`,
  );
