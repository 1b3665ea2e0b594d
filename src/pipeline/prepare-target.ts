import { markSql, recreateEmptySql, rolesCreateSql } from '../engines/postgres/target.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { carriedFacts, verifiersOf } from './carried-roles.js';
import type { MoveContext } from './context.js';
import { targetSql } from './live.js';

/**
 * Roles and an empty database on the dedicated server, marked as this run's import. Only a database that carries that mark
 * is ever made anew, so repeating it after a cut import starts from empty.
 */
export async function prepareTarget(ctx: MoveContext): Promise<void> {
  const { database, role } = ctx.plan.target;
  const facts = await carriedFacts(ctx);
  const marker = { service: ctx.plan.service, database, run: ctx.run };
  const script = [
    rolesCreateSql(facts, await verifiersOf(ctx, facts)),
    recreateEmptySql({ ...marker, owner: role, like: ctx.plan.source }),
    markSql({ ...marker, state: 'importing' }),
    `select json_build_object('systemIdentifier', system_identifier::text) from pg_control_system();`,
  ];
  const rows = await ctx.sql.run(await targetSql(ctx), script.join('\n'), { signal: ctx.signal });
  const identity = rows.at(-1) as { systemIdentifier?: string } | undefined;
  if (!identity?.systemIdentifier)
    throw new DbctlError('INTERNAL', 'the dedicated server told no system identifier', { where: ctx.plan.service });
  await ctx.journal.record('target.systemIdentifier', identity.systemIdentifier);
}
