import type { InventoryService } from '../inventory/types.js';
import type { AppEnvironment } from './facts.js';
import type { Finding } from './types.js';

export interface Identity {
  /** `null` when there is no single answer; the findings then say why. */
  readonly database: string | null;
  readonly role: string | null;
  readonly findings: readonly Finding[];
}

interface IdentityInput {
  readonly service: InventoryService;
  readonly app: readonly AppEnvironment[];
  readonly databases: readonly string[];
  /** Databases in which the app's role has sessions now. */
  readonly roleSessionsIn: readonly string[];
}

/**
 * Which database and role the app really uses: its live settings, what exists on the server, and who is connected must agree.
 * The inventory decides only where the live settings are silent. A service's label is never evidence.
 */
export const resolveIdentity = ({ service, app, databases, roleSessionsIn }: IdentityInput): Identity => {
  const role = one(
    'role',
    app.map((env) => env.role),
    service.role,
  );
  const database = one(
    'database',
    app.map((env) => env.database),
    service.database,
  );
  const found = database.value;
  if (found === null) return { database: null, role: role.value, findings: [...database.findings, ...role.findings] };
  if (!databases.includes(found)) return { database: null, role: role.value, findings: [notFound(found, databases)] };
  const elsewhere = sessionsElsewhere(found, role.value, roleSessionsIn);
  const findings = [...database.findings, ...role.findings, ...elsewhere];
  return { database: findings.some(({ level }) => level === 'blocked') ? null : found, role: role.value, findings };
};

const one = (
  what: 'database' | 'role',
  live: readonly (string | null)[],
  stated: string | null,
): { value: string | null; findings: Finding[] } => {
  const seen = [...new Set(live.filter((value) => value !== null))];
  const value = seen[0] ?? stated;
  if (seen.length > 1)
    return { value: null, findings: [ambiguous(`the app's tasks name different ${what}s: ${seen.join(', ')}`)] };
  if (value === null)
    return {
      value: null,
      findings: [ambiguous(`nothing says which ${what} the app uses`, `set services.<name>.${what}`)],
    };
  if (stated !== null && stated !== value)
    return {
      value: null,
      findings: [ambiguous(`the inventory says ${what} ${stated}, the running app uses ${value}`)],
    };
  return { value, findings: [] };
};

const ambiguous = (text: string, next = 'correct the jobspec or the inventory so that all agree'): Finding => ({
  code: 'DATABASE_AMBIGUOUS',
  level: 'blocked',
  text,
  next,
});

const notFound = (database: string, databases: readonly string[]): Finding => {
  const other = databases.find((name) => name.toLowerCase() === database.toLowerCase());
  return {
    code: 'DATABASE_NOT_FOUND',
    level: 'blocked',
    text: `database ${database} does not exist on the shared instance`,
    next:
      other === undefined
        ? `it has: ${databases.join(', ') || 'none'}`
        : `did the app mean ${other}? Names differ by case`,
  };
};

// Apps that keep no session open between requests have none to show: that alone is no disagreement.
const sessionsElsewhere = (database: string, role: string | null, sessionsIn: readonly string[]): Finding[] =>
  role === null || sessionsIn.length === 0 || sessionsIn.includes(database)
    ? []
    : [
        ambiguous(
          `the settings say database ${database}, but every live session of role ${role} is on ${sessionsIn.join(', ')}`,
        ),
      ];
