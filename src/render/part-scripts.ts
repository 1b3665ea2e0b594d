import type { DatabasePart } from '../plan/types.js';
import { sqlLiteral } from '../shared/quote.js';
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
  return {
    entry: renderTemplate(readTemplate('entry.sh'), context),
    toolbox: renderTemplate(readTemplate('toolbox.sh'), context),
    init: renderTemplate(readTemplate('init.sh'), context),
    initSql: renderTemplate(readTemplate('init.sql'), context),
    gate: renderTemplate(readTemplate('gate.sh'), context),
  };
}

function scriptContext(part: DatabasePart): object {
  const { service, database, role, major, port, encoding, collate, ctype } = part;
  return {
    ...{ service, database, role, major, port, encoding, collate, ctype },
    mount: mountPoint(major),
    backups: `/backups/${service}`,
    // A rehearsal has a volume of its own: what the service's state says is not about it.
    state: part.purpose === 'service' ? `/backups/${service}/state` : '/local/no-state',
    vaulted: part.purpose === 'service',
    sharedBuffers: sharedBuffers(part.resources.postgres.memory),
    lockTries: (part.killTimeoutSeconds + LOCK_MARGIN_SECONDS) * LOCK_TRIES_PER_SECOND,
    gateSql: gateSql(part),
    roleOpenSql: `SELECT rolcanlogin FROM pg_roles WHERE rolname = ${sqlLiteral(role)}`,
  };
}

/** A quarter of the task's memory, as PostgreSQL's documentation advises; its own default would be half of a small task's. */
const sharedBuffers = (memory: number): number => Math.max(16, Math.floor(memory / 4));

/** A marker alone is not enough: the database it speaks of must be there. */
const gateSql = ({ service, database }: DatabasePart): string =>
  `SELECT m.state FROM dbctl.marker m JOIN pg_database d ON d.datname = m.database
WHERE m.service = ${sqlLiteral(service)} AND m.database = ${sqlLiteral(database)} AND d.datallowconn`;
