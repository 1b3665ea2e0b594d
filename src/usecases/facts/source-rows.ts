import { z } from 'zod';
import type { PreflightRow } from '../../engines/postgres/preflight.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { RoleFacts, SessionFacts, SourcePreflight } from '../../plan/facts.js';

const names = z.array(z.string());

const preflightRow = z.object({
  preparedTransactions: names,
  replicationSlots: names,
  subscriptions: names,
  publications: names,
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  unloggedTables: z.number(),
  tables: z.number(),
  largeObjects: z.number(),
  connections: z.object({ max: z.number(), reserved: z.number(), used: z.number() }),
  locks: z.array(z.object({ relation: z.string(), pid: z.number(), user: z.string() })),
  rlsTables: names,
  invalidIndexes: names,
  eventTriggers: names,
  foreignServers: names,
  tablespaces: names,
  nonDeterministicCollations: names,
  oidColumns: names,
  emptyMatviews: names,
  notValidated: names,
}) satisfies z.ZodType<Partial<PreflightRow>>;

export const identityRow = z.object({
  systemIdentifier: z.string(),
  oid: z.number(),
  datname: z.string(),
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  provider: z.string(),
  locale: z.string().nullable(),
  collversion: z.string().nullable(),
  collactual: z.string().nullable(),
  sizeBytes: z.number(),
  serverVersion: z.number(),
  allowConn: z.boolean(),
});

export const roleRow = z.object({
  name: z.string(),
  superuser: z.boolean(),
  verifier: z.enum(['scram', 'md5', 'none', 'unknown']),
  exclusive: z.boolean(),
  sessionsIn: names,
});

const sessionRow = z.object({
  user: z.string(),
  application: z.string(),
  client: z.string().nullable(),
  kind: z.string(),
});

/** Rows of an engine's script, checked once at the edge. Throws INTERNAL when script and reader disagree. */
export const readRows = <T>(schema: z.ZodType<T>, rows: readonly unknown[], what: string): T[] => {
  const parsed = z.array(schema).safeParse(rows);
  if (parsed.success) return parsed.data;
  throw new DbctlError('INTERNAL', `the server's answer about ${what} has an unknown shape`, {
    details: parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`),
  });
};

export const preflightOf = (rows: readonly unknown[]): { preflight: SourcePreflight; tables: number } => {
  const [row] = readRows(preflightRow, rows, 'the database');
  if (row === undefined) throw new DbctlError('INTERNAL', 'the server said nothing about the database');
  const { extensions, connections, locks, rlsTables, tables, ...rest } = row;
  const preflight = {
    ...rest,
    extensions: extensions.map(({ name, version }) => `${name} ${version}`),
    freeConnections: Math.max(0, connections.max - connections.reserved - connections.used),
    exclusiveLocks: locks.map(({ relation, pid, user }) => `${relation} (pid ${pid}, role ${user})`),
    rowSecurityTables: rlsTables,
  };
  return { preflight, tables };
};

export const roleFactsOf = (row: z.infer<typeof roleRow>): RoleFacts => ({
  name: row.name,
  superuser: row.superuser,
  verifier: row.verifier === 'scram' ? 'scram-sha-256' : row.verifier,
  exclusive: row.exclusive,
});

/** Sessions of the same role, program and address counted together. */
export const sessionFactsOf = (rows: readonly unknown[]): SessionFacts[] => {
  const counted = new Map<string, SessionFacts>();
  for (const { user, application, client } of readRows(sessionRow, rows, 'sessions')) {
    const key = JSON.stringify([user, application, client]);
    const count = (counted.get(key)?.count ?? 0) + 1;
    counted.set(key, { role: user, application, address: client ?? '', count });
  }
  return [...counted.values()];
};
