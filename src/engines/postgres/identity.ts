import { sqlLiteral } from '../../shared/quote.js';
import { script } from './guard.js';

export interface DatabaseIdentityRow {
  readonly systemIdentifier: string;
  readonly oid: number;
  readonly datname: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `c` libc, `i` ICU, `b` builtin; `c` before 15. */
  readonly provider: string;
  readonly locale: string | null;
  readonly collversion: string | null;
  /** What the server's libraries give now; another one than `collversion` means that text may sort differently. */
  readonly collactual: string | null;
  readonly sizeBytes: number;
  /** server_version_num, 150020 = 15.20. */
  readonly serverVersion: number;
  readonly isTemplate: boolean;
  readonly allowConn: boolean;
  readonly connLimit: number;
}

// to_jsonb gives null for a column that this major does not have.
const ROW = `select json_build_object(
  'systemIdentifier', c.system_identifier::text, 'oid', d.oid::bigint, 'datname', d.datname, 'owner', pg_get_userbyid(d.datdba),
  'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
  'provider', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), 'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
  'collversion', to_jsonb(d) ->> 'datcollversion', 'collactual', :collactual, 'sizeBytes', pg_database_size(d.oid),
  'serverVersion', current_setting('server_version_num')::int, 'isTemplate', d.datistemplate, 'allowConn', d.datallowconn, 'connLimit', d.datconnlimit)
from pg_database d cross join pg_control_system() c`;

/** Sets `:collactual` for a query over `pg_database d`; known from 15 on. */
export const COLLATION_ACTUAL = [
  "select to_regprocedure('pg_catalog.pg_database_collation_actual_version(oid)') is not null as known \\gset",
  '\\set collactual null',
  '\\if :known',
  "\\set collactual 'pg_database_collation_actual_version(d.oid)'",
  '\\endif',
];

/** One row, or none when the database does not exist. Any database of the server will do. */
export const identitySql = (database: string): string =>
  script(...COLLATION_ACTUAL, `${ROW} where d.datname = ${sqlLiteral(database)};`);

/** All databases but templates. */
export const databasesSql = (): string =>
  script(...COLLATION_ACTUAL, `${ROW} where not d.datistemplate order by d.datname;`);
