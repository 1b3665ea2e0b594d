import { type CarriedFacts, carriedFactsSql, verifiersSql } from '../engines/postgres/roles.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { mainDatabase } from '../plan/main-database.js';
import { Secret } from '../shared/secret.js';
import type { MoveContext } from './context.js';
import { sourceSql } from './live.js';

/**
 * What pg_dump leaves behind: roles, and the facts of the database itself. Read once, before the fence changes owner,
 * rights and login, and journalled; later calls answer from the journal.
 */
export async function carriedFacts(ctx: MoveContext): Promise<CarriedFacts> {
  const known = ctx.journal.fact<CarriedFacts>('carried');
  if (known) return known;
  const { role } = ctx.plan.source;
  const { name: database } = mainDatabase(ctx.plan.source);
  const [facts] = await ctx.sql.run(await sourceSql(ctx), carriedFactsSql(database, role), { signal: ctx.signal });
  if (!facts)
    throw new DbctlError('DATABASE_NOT_FOUND', 'the source database is gone', { where: `database ${database}` });
  await ctx.journal.record('carried', facts);
  return facts as CarriedFacts;
}

/** Password verifiers of those roles, wrapped as they arrive. Never journalled. */
export async function verifiersOf(ctx: MoveContext, facts: CarriedFacts): Promise<ReadonlyMap<string, Secret>> {
  const names = facts.roles.map((role) => role.name);
  const rows = (await ctx.sql.run(await sourceSql(ctx), verifiersSql(names), { signal: ctx.signal })) as {
    name: string;
    verifier: string;
  }[];
  return new Map(rows.map((row) => [row.name, new Secret(row.verifier)]));
}
