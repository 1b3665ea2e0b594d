import { sqlLiteral } from '../../shared/quote.js';
import { script } from './guard.js';

/** Facts of the source that decide whether it can be moved. Names only, no secrets. */
export interface PreflightRow {
  readonly preparedTransactions: readonly string[];
  readonly replicationSlots: readonly string[];
  readonly subscriptions: readonly string[];
  readonly publications: readonly string[];
  readonly extensions: readonly { readonly name: string; readonly version: string; readonly schema: string }[];
  readonly unloggedTables: number;
  readonly tables: number;
  readonly largeObjects: number;
  readonly connections: { readonly max: number; readonly reserved: number; readonly used: number };
  /** Who holds ACCESS EXCLUSIVE now: pg_dump would wait for them. */
  readonly locks: readonly { readonly relation: string; readonly pid: number; readonly user: string }[];
  readonly rlsTables: readonly string[];
  /** pg_dump leaves them out without a word. */
  readonly invalidIndexes: readonly string[];
  readonly eventTriggers: readonly string[];
  readonly verifier: 'scram' | 'md5' | 'none' | 'unknown' | 'absent';
  readonly superuser: boolean;
  readonly foreignServers: readonly string[];
  readonly tablespaces: readonly string[];
  readonly nonDeterministicCollations: readonly string[];
  readonly encoding: string;
  /** Columns that store oids: the numbers may name other objects after a restore. */
  readonly oidColumns: readonly string[];
  readonly emptyMatviews: readonly string[];
  readonly notValidated: readonly string[];
  readonly passwordEncryption: string;
  readonly walLevel: string;
}

const USER = "n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_'";

const list = (what: string, from: string): string =>
  `(select coalesce(json_agg(${what} order by ${what}), '[]'::json) from ${from})`;

const RELATION = "format('%I.%I', n.nspname, c.relname)";
const CLASS = 'pg_class c join pg_namespace n on n.oid = c.relnamespace';

/** One row, `PreflightRow`. Run in the database itself, as superuser. */
export const preflightSql = (database: string, role: string): string => {
  const here = `(select oid from pg_database where datname = ${sqlLiteral(database)})`;
  return script(`select json_build_object(
  'preparedTransactions', ${list('gid', `pg_prepared_xacts where database = ${sqlLiteral(database)}`)},
  'replicationSlots', ${list('slot_name', `pg_replication_slots where database = ${sqlLiteral(database)}`)},
  'subscriptions', ${list('subname', `pg_subscription where subdbid = ${here}`)},
  'publications', ${list('pubname', 'pg_publication')},
  'extensions', (select coalesce(json_agg(json_build_object('name', x.extname, 'version', x.extversion, 'schema', n.nspname) order by x.extname), '[]'::json)
    from pg_extension x join pg_namespace n on n.oid = x.extnamespace),
  'unloggedTables', (select count(*) from ${CLASS} where c.relkind = 'r' and c.relpersistence = 'u' and ${USER}),
  'tables', (select count(*) from ${CLASS} where c.relkind = 'r' and ${USER}),
  'largeObjects', (select count(*) from pg_largeobject_metadata),
  'connections', json_build_object('max', current_setting('max_connections')::int, 'reserved', current_setting('superuser_reserved_connections')::int,
    'used', (select count(*) from pg_stat_activity where backend_type = 'client backend')),
  'locks', (select coalesce(json_agg(json_build_object('relation', l.relation::regclass::text, 'pid', l.pid, 'user', coalesce(a.usename, '')) order by l.pid), '[]'::json)
    from pg_locks l left join pg_stat_activity a on a.pid = l.pid
    where l.database = ${here} and l.relation is not null and l.granted and l.mode = 'AccessExclusiveLock'),
  'rlsTables', ${list(RELATION, `${CLASS} where c.relrowsecurity and ${USER}`)},
  'invalidIndexes', ${list(RELATION, `${CLASS} join pg_index i on i.indexrelid = c.oid where not i.indisvalid and ${USER}`)},
  'eventTriggers', ${list('evtname', 'pg_event_trigger')},
  'verifier', coalesce((select case when rolpassword is null then 'none' when rolpassword like 'SCRAM-SHA-256$%' then 'scram'
    when rolpassword ~ '^md5[0-9a-f]{32}$' then 'md5' else 'unknown' end from pg_authid where rolname = ${sqlLiteral(role)}), 'absent'),
  'superuser', coalesce((select rolsuper from pg_roles where rolname = ${sqlLiteral(role)}), false),
  'foreignServers', ${list('srvname', 'pg_foreign_server')},
  'tablespaces', (select coalesce(json_agg(distinct t.spcname), '[]'::json) from pg_tablespace t
    where t.oid in (select c.reltablespace from pg_class c where c.reltablespace <> 0 and not c.relisshared)
       or (t.spcname <> 'pg_default' and t.oid = (select dattablespace from pg_database where oid = ${here}))),
  'nonDeterministicCollations', ${list("format('%I.%I', n.nspname, c.collname)", `pg_collation c join pg_namespace n on n.oid = c.collnamespace where not c.collisdeterministic and ${USER}`)},
  'encoding', (select pg_encoding_to_char(encoding) from pg_database where oid = ${here}),
  'oidColumns', ${list("format('%I.%I.%I', n.nspname, c.relname, a.attname)", `pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.atttypid in ('oid'::regtype, 'oid[]'::regtype, 'xid'::regtype, 'tid'::regtype) and ${USER}`)},
  'emptyMatviews', ${list(RELATION, `${CLASS} where c.relkind = 'm' and not c.relispopulated and ${USER}`)},
  'notValidated', ${list("format('%s %I', k.conrelid::regclass, k.conname)", `pg_constraint k join pg_namespace n on n.oid = k.connamespace where not k.convalidated and ${USER}`)},
  'passwordEncryption', current_setting('password_encryption'), 'walLevel', current_setting('wal_level'));`);
};
