import { providerSql } from '../engines/postgres/locale.js';
import { listensOn } from '../plan/listens-on.js';
import { mainDatabase } from '../plan/main-database.js';
import type { DatabasePart } from '../plan/types.js';
import { sqlIdent, sqlLiteral } from '../shared/quote.js';
import {
  type FetchedName,
  fetchedDatabases,
  fetchedNames,
  psqlNames,
  writtenDatabase,
  writtenRole,
} from './fetched-names.js';
import { renderTemplate } from './handlebars.js';
import { mountPoint } from './mount-point.js';
import { readTemplate } from './templates.js';

/** The scripts of a database part as the tasks will see them. */
export interface PartScripts {
  readonly entry: string;
  readonly toolbox: string;
  readonly init: string;
  readonly initSql: string;
  readonly gate: string;
}

/** Longest wait for an older server: its kill_timeout, and half a minute for Nomad to act on it. */
const LOCK_MARGIN_SECONDS = 30;
const LOCK_TRIES_PER_SECOND = 5;

export function renderScripts(part: DatabasePart): PartScripts {
  const context = scriptContext(part);
  const gated = namesContext(fetchedDatabases(part));
  return {
    entry: renderTemplate(readTemplate('entry.sh'), context),
    toolbox: renderTemplate(readTemplate('toolbox.sh'), context),
    init: renderTemplate(readTemplate('init.sh'), context),
    initSql: renderTemplate(readTemplate('init.sql'), context),
    gate: renderTemplate(readTemplate('gate.sh'), { ...context, ...gated }),
  };
}

function scriptContext(part: DatabasePart): object {
  const { service, databases, role, major, port } = part;
  // The server itself is made as its main database is.
  const { encoding, collate, ctype } = mainDatabase(part);
  return {
    ...{ service, role, major, port, encoding, collate, ctype },
    ...namesContext(fetchedNames(part)),
    roleName: writtenRole(part),
    databases: databases.map((database, at) => ({
      ...database,
      written: writtenDatabase(database, at),
      provider: providerSql(database),
    })),
    mount: mountPoint(major),
    backups: `/backups/${service}`,
    // A rehearsal has a volume of its own: what the service's state says is not about it.
    state: part.purpose === 'service' ? `/backups/${service}/state` : '/local/no-state',
    vaulted: part.purpose === 'service',
    programs: part.purpose === 'service' ? (part.backup?.programs ?? null) : null,
    extensionsSql: extensionsSql(part),
    sharedBuffers: sharedBuffers(part.resources.postgres.memory),
    ...listening(part),
    lockTries: (part.killTimeoutSeconds + LOCK_MARGIN_SECONDS) * LOCK_TRIES_PER_SECOND,
    gateSql: gateSql(part),
    roleOpenSql: `SELECT rolcanlogin FROM pg_roles WHERE rolname = ${writtenRole(part).literal}`,
  };
}

const namesContext = (names: readonly FetchedName[]): { namesSh: string; psqlNames: string } => ({
  namesSh: names.length === 0 ? '' : renderTemplate(readTemplate('names.sh'), { fetched: names }),
  psqlNames: psqlNames(names),
});

/** The init task logs in over the path the app takes, so that a password is really asked for there. */
const listening = (part: DatabasePart): object => ({
  listen: { loopback: '127.0.0.1', node: '"$listen"', namespace: "'*'" }[listensOn(part)],
  ownAddress: listensOn(part) === 'node',
  remote: listensOn(part) !== 'loopback',
  loginHost: listensOn(part) === 'loopback' ? '127.0.0.1' : '"$NOMAD_IP_db"',
});

/** A quarter of the task's memory, as PostgreSQL's documentation advises; its own default would be half of a small task's. */
const sharedBuffers = (memory: number): number => Math.max(16, Math.floor(memory / 4));

/** CASCADE brings what an extension itself needs, as `earthdistance` needs `cube`. */
const extensionsSql = ({ extensions = [] }: DatabasePart): string =>
  extensions.map((name) => `CREATE EXTENSION IF NOT EXISTS ${sqlIdent(name)} CASCADE;`).join(' ');

/** `verified` when every database is. A marker alone is not enough: the database it speaks of must be there. */
const gateSql = ({ service, databases }: DatabasePart): string =>
  `SELECT CASE WHEN bool_and(coalesce(m.state = 'verified' AND d.datallowconn, false)) THEN 'verified'
ELSE min(m.state) FILTER (WHERE m.state <> 'verified') END
FROM unnest(ARRAY[${databases.map((database, at) => writtenDatabase(database, at).literal).join(', ')}]) AS want (name)
LEFT JOIN dbctl.marker m ON m.service = ${sqlLiteral(service)} AND m.database = want.name
LEFT JOIN pg_database d ON d.datname = want.name`;
