import { z } from 'zod';
import { serverLookSql } from '../../engines/postgres/server-look.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { ServerSql } from '../../plan/doctor/facts.js';
import type { SqlTarget } from '../../ports/sql.js';
import { Secret } from '../../shared/secret.js';
import { readingSql } from '../facts/reading-sql.js';
import type { LookDeps } from './deps.js';

const names = z.array(z.string());
const look = z.object({
  version: z.number(),
  systemIdentifier: z.string(),
  databases: z.array(
    z.object({
      ...{ name: z.string(), oid: z.number(), owner: z.string(), open: z.boolean(), connLimit: z.number() },
      ...{ bytes: z.number(), frozenAge: z.number(), checksumFailures: z.number() },
      collation: z.object({ recorded: z.string().nullable(), actual: z.string().nullable() }),
    }),
  ),
  roles: z.array(
    z.object({
      ...{ name: z.string(), superuser: z.boolean(), login: z.boolean(), validUntil: z.string().nullable() },
      verifier: z.enum(['scram', 'md5', 'none', 'unknown']),
    }),
  ),
  connections: z.object({ max: z.number(), reserved: z.number(), used: z.number() }),
  settings: z.record(z.string(), z.string()),
  pendingRestart: z.array(z.object({ name: z.string(), setting: z.string() })),
  trust: names,
  hbaErrors: names,
  prepared: z.array(z.object({ gid: z.string(), database: z.string(), seconds: z.number() })),
  slots: z.array(z.object({ name: z.string(), active: z.boolean(), bytes: z.number() })),
  idle: z.array(z.object({ pid: z.number(), role: z.string(), database: z.string(), seconds: z.number() })),
  sessions: z.array(z.object({ role: z.string(), database: z.string(), count: z.number() })),
}) satisfies z.ZodType<Omit<ServerSql, 'markers'>>;
const marker = z.object({ service: z.string(), database: z.string(), state: z.string() });
const verifier = z.object({ role: z.string(), verifier: z.string().transform((text) => new Secret(text)) });

export interface AskedServer {
  readonly sql: ServerSql;
  /** By role. */
  readonly verifiers: ReadonlyMap<string, Secret>;
}

/** One script over the server's own socket. Throws DATABASE_UNAVAILABLE, EXEC_FAILED, SQL_FAILED. */
export async function askServer(
  deps: LookDeps,
  target: SqlTarget,
  about: { readonly roles: readonly string[]; readonly service: string | null },
): Promise<AskedServer> {
  const script = serverLookSql(about.roles, about.service);
  const rows = await readingSql(deps.sql).run(target, script, { signal: deps.signal, timeoutMs: 15_000 });
  const first = look.safeParse(rows[0]);
  if (!first.success)
    throw new DbctlError('INTERNAL', "the server's answer to doctor has an unknown shape", {
      details: first.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`),
    });
  const rest = rows.slice(1);
  return {
    sql: { ...first.data, markers: rest.flatMap((row) => marker.safeParse(row).data ?? []) },
    verifiers: new Map(
      rest.flatMap((row) => verifier.safeParse(row).data ?? []).map((one) => [one.role, one.verifier]),
    ),
  };
}
