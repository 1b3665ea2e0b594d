import { type CarriedFacts, type CarriedRole, carriedFactsSql, verifiersSql } from '../engines/postgres/roles.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { Secret } from '../shared/secret.js';
import { together } from '../shared/together.js';
import type { MoveContext } from './context.js';
import { sourceSql } from './live.js';

/**
 * What pg_dump leaves behind: roles, and the facts of each database itself. Read once, before the fence changes owner,
 * rights and login, and journalled; later calls answer from the journal.
 */
export async function carriedFacts(ctx: MoveContext): Promise<readonly CarriedFacts[]> {
  const known = ctx.journal.fact<CarriedFacts[]>('carried');
  if (known) return known;
  const { databases, role } = ctx.plan.source;
  const names = databases.map(({ name }) => name);
  const server = await sourceSql(ctx);
  const read = async (database: string): Promise<CarriedFacts> => {
    const [found] = await ctx.sql.run(server, carriedFactsSql(database, role, names), { signal: ctx.signal });
    if (!found)
      throw new DbctlError('DATABASE_NOT_FOUND', 'the source database is gone', { where: `database ${database}` });
    return found as CarriedFacts;
  };
  const facts = await together(names.map(read));
  await ctx.journal.record('carried', facts);
  return facts;
}

/** The roles of all of them, each once. */
export const carriedRoles = (facts: readonly CarriedFacts[]): CarriedRole[] => [
  ...new Map(facts.flatMap(({ roles }) => roles).map((role) => [role.name, role])).values(),
];

/** Password verifiers of those roles, wrapped as they arrive. Never journalled. */
export async function verifiersOf(
  ctx: MoveContext,
  roles: readonly CarriedRole[],
): Promise<ReadonlyMap<string, Secret>> {
  const names = roles.map((role) => role.name);
  const rows = (await ctx.sql.run(await sourceSql(ctx), verifiersSql(names), { signal: ctx.signal })) as {
    name: string;
    verifier: string;
  }[];
  return new Map(rows.map((row) => [row.name, new Secret(row.verifier)]));
}
