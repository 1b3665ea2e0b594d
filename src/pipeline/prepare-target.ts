import { emptyCheckSql, markSql, recreateEmptySql, rolesCreateSql } from '../engines/postgres/target.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { SourceDatabase } from '../plan/types.js';
import type { SqlTarget } from '../ports/sql.js';
import { together } from '../shared/together.js';
import { carriedFacts, carriedRoles, verifiersOf } from './carried-roles.js';
import type { MoveContext } from './context.js';
import { targetSql } from './live.js';
import { requireExtensions } from './required-extensions.js';

/**
 * Roles and empty databases on the dedicated server, marked as this run's import. Only a database that carries that mark is
 * ever made anew, so repeating it after a cut import starts from empty.
 */
export async function prepareTarget(
  ctx: MoveContext,
  databases: readonly SourceDatabase[] = ctx.plan.source.databases,
): Promise<void> {
  const target = await targetSql(ctx);
  await requireExtensions(ctx, target);
  const roles = carriedRoles(await carriedFacts(ctx));
  const markerOf = ({ name }: SourceDatabase) => ({ service: ctx.plan.service, database: name, run: ctx.run });
  const made = [
    rolesCreateSql({ roles }, await verifiersOf(ctx, roles)),
    ...databases.map((like) => recreateEmptySql({ ...markerOf(like), owner: ctx.plan.target.role, like })),
  ];
  await ctx.sql.run(target, made.join('\n'), { signal: ctx.signal });
  await together(databases.map(({ name }) => requireEmpty(ctx, { ...target, database: name })));
  const mark = [
    ...databases.map((database) => markSql({ ...markerOf(database), state: 'importing' })),
    `select json_build_object('systemIdentifier', system_identifier::text) from pg_control_system();`,
  ];
  const rows = await ctx.sql.run(target, mark.join('\n'), { signal: ctx.signal });
  const identity = rows.at(-1) as { systemIdentifier?: string } | undefined;
  if (!identity?.systemIdentifier)
    throw new DbctlError('INTERNAL', 'the dedicated server told no system identifier', { where: ctx.plan.service });
  await ctx.journal.record('target.systemIdentifier', identity.systemIdentifier);
}

/** Before the mark: what carries it may be dropped by a repetition, so it must never be put on somebody's data. */
async function requireEmpty(ctx: MoveContext, database: SqlTarget): Promise<void> {
  const found = (await ctx.sql.run(database, emptyCheckSql(), { signal: ctx.signal })) as { object: string }[];
  if (found.length === 0) return;
  throw new DbctlError('DATABASE_NOT_EMPTY', 'the dedicated server already holds data that is not of this run', {
    where: `database ${database.database}`,
    details: found.map((row) => row.object),
    next: `look what it is: nomad alloc exec -task ${database.task} ${database.allocId.slice(0, 8)} psql`,
  });
}
