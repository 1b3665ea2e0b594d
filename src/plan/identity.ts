import type { InventoryService } from '../inventory/types.js';
import type { AppEnvironment } from './facts.js';
import { appStarting } from './findings/app.js';
import type { Finding } from './types.js';

export interface Identity {
  /** The main one first; empty when there is no single answer: the findings then say why. */
  readonly databases: readonly string[];
  readonly role: string | null;
  readonly findings: readonly Finding[];
}

interface IdentityInput {
  readonly service: InventoryService;
  readonly app: readonly AppEnvironment[];
  /** Every database of the instance that takes connections. */
  readonly present: readonly string[];
  /** Those that take none. */
  readonly closed?: readonly string[];
  /** Databases in which the app's role has sessions now. */
  readonly roleSessionsIn: readonly string[];
}

/**
 * Which databases and role the app really uses: its live settings, what exists on the server, and who is connected must agree.
 * The inventory decides only where the live settings are silent: it may name more than they do, never leave one out.
 * A service's label is never evidence.
 */
export const resolveIdentity = ({ service, app, present, closed = [], roleSessionsIn }: IdentityInput): Identity => {
  const role = roleOf(service, app);
  const named = databasesOf(service, app);
  const missing = named.value.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    const why = missing.map((name) => (closed.includes(name) ? isClosed(name) : notFound(name, present)));
    return { databases: [], role: role.value, findings: why };
  }
  const elsewhere = named.value.length === 0 ? [] : sessionsElsewhere(named.value, role.value, roleSessionsIn);
  const findings = [...named.findings, ...role.findings, ...elsewhere];
  const open = findings.some(({ level }) => level === 'blocked');
  return { databases: open ? [] : named.value, role: role.value, findings };
};

interface Answer<T> {
  readonly value: T;
  readonly findings: readonly Finding[];
}

const databasesOf = (service: InventoryService, app: readonly AppEnvironment[]): Answer<string[]> => {
  const stated = service.databases;
  const live = app.map((env) => env.databases).filter((names) => names.length > 0);
  const seen = [...new Set(live.flat())];
  const none = (text: string, next?: string): Answer<string[]> => ({ value: [], findings: [ambiguous(text, next)] });
  if (stated.length > 0) {
    const left = seen.filter((name) => !stated.includes(name));
    return left.length === 0
      ? { value: [...stated], findings: [] }
      : none(`the inventory says database ${stated.join(', ')}, the running app uses ${seen.join(', ')}`);
  }
  if (live.some((names) => names.length !== seen.length))
    return none(
      `the app's tasks name different databases: ${seen.join(', ')}`,
      'correct the jobspec, or name all of them in services.<name>.databases',
    );
  return seen.length === 0
    ? { value: [], findings: [unsaid('database', service, app)] }
    : { value: seen, findings: [] };
};

const roleOf = (service: InventoryService, app: readonly AppEnvironment[]): Answer<string | null> => {
  const stated = service.role;
  const seen = [...new Set(app.map((env) => env.role).filter((name) => name !== null))];
  const value = seen[0] ?? stated;
  const none = (text: string, next?: string): Answer<null> => ({ value: null, findings: [ambiguous(text, next)] });
  if (seen.length > 1) return none(`the app's tasks name different roles: ${seen.join(', ')}`);
  if (value === null) return { value, findings: [unsaid('role', service, app)] };
  return stated !== null && stated !== value
    ? none(`the inventory says role ${stated}, the running app uses ${value}`)
    : { value, findings: [] };
};

const unsaid = (what: string, { job }: InventoryService, app: readonly AppEnvironment[]): Finding => {
  const starting = app.find((env) => env.starting);
  return starting === undefined
    ? ambiguous(`nothing says which ${what} the app uses`, `set services.<name>.${what}`)
    : appStarting(starting.task, job, `which ${what} it uses`);
};

const ambiguous = (text: string, next = 'correct the jobspec or the inventory so that all agree'): Finding => ({
  code: 'DATABASE_AMBIGUOUS',
  level: 'blocked',
  text,
  next,
});

const isClosed = (database: string): Finding => ({
  code: 'DATABASE_CLOSED',
  level: 'blocked',
  text: `database ${database} takes no connections, so nobody can read it`,
  next: `find out who closed it, then: ALTER DATABASE "${database.replaceAll('"', '""')}" ALLOW_CONNECTIONS true`,
});

const notFound = (database: string, present: readonly string[]): Finding => {
  const other = present.find((name) => name.toLowerCase() === database.toLowerCase());
  return {
    code: 'DATABASE_NOT_FOUND',
    level: 'blocked',
    text: `database ${database} does not exist on the shared instance`,
    next:
      other === undefined
        ? `it has: ${present.join(', ') || 'none'}`
        : `did the app mean ${other}? Names differ by case`,
  };
};

// Apps that keep no session open between requests have none to show: that alone is no disagreement.
const sessionsElsewhere = (
  databases: readonly string[],
  role: string | null,
  sessionsIn: readonly string[],
): Finding[] =>
  role === null || sessionsIn.length === 0 || sessionsIn.some((name) => databases.includes(name))
    ? []
    : [
        ambiguous(
          `the settings say database ${databases.join(', ')}, but every live session of role ${role} is on ${sessionsIn.join(', ')}`,
        ),
      ];
