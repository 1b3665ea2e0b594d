import { clearWaySql, rolesThereSql } from '../../../engines/postgres/fill.js';
import { markSql } from '../../../engines/postgres/target.js';
import { DbctlError } from '../../../errors/dbctl-error.js';
import { targetSql, toolboxOf } from '../../live.js';
import type { Step } from '../../step.js';
import { systemIdentifierOf } from '../../system-identifier.js';
import { socketServer, toolboxRun } from '../../toolbox-run.js';
import type { ProvisionContext } from '../context.js';
import { filling, fillOf, takenSet } from './facts.js';

/** The server as the backed up one was: with its roles, under their names, and without the empty databases of its first start. */
export const rolesStep: Step<ProvisionContext> = {
  id: 'roles',
  title: 'Roles as they were backed up',
  run: async (ctx) => {
    await clearWay(ctx);
    const set = takenSet(ctx);
    const { port } = ctx.plan.target;
    const env = { ...socketServer(port, 'postgres'), IN: set.folder, GLOBALS_SHA256: set.globalsSha256 ?? '' };
    await toolboxRun(ctx, await toolboxOf(ctx), { step: 'roles', script: 'roles.sh', env, total: 0 });
    const { from, to } = fillOf(ctx).plan.role;
    await requireRoles(ctx, from, to);
    const summary = from === to ? 'made' : `made; ${from} becomes ${to} at the end`;
    return { summary, evidence: { role: { from, to } } };
  },
};

/** Once the databases are marked nothing makes empty ones again: not even a start of the task anew. */
async function clearWay(ctx: ProvisionContext): Promise<void> {
  if (ctx.journal.fact<boolean>('fill.cleared') === true) return;
  const server = await targetSql(ctx);
  await ctx.journal.record('fill.system', await systemIdentifierOf(ctx, server));
  const { databases, role } = fillOf(ctx).plan;
  const { service } = ctx.plan;
  const marks = databases.map(({ to }) => markSql({ service, database: to, run: ctx.run, state: 'importing' }));
  const names = [...new Set(databases.flatMap(({ from, to }) => [to, from]))];
  const clear = clearWaySql(filling(ctx), names, role.to);
  await ctx.sql.run(server, [clear, ...marks].join('\n'), { signal: ctx.signal });
  await ctx.journal.record('fill.cleared', true);
}

async function requireRoles(ctx: ProvisionContext, from: string, to: string): Promise<void> {
  const rows = await ctx.sql.run(await targetSql(ctx), rolesThereSql([from, to]), { signal: ctx.signal });
  const there = (rows as { name: string }[]).map(({ name }) => name);
  const { chosen, plan } = fillOf(ctx);
  if (!there.includes(from))
    throw new DbctlError('BACKUP_NOT_FOUND', 'the backup does not hold the role of its app', {
      where: `backup ${chosen.id}`,
      value: from,
    });
  if (from !== to && there.includes(to))
    throw new DbctlError('PREFLIGHT_FAILED', 'the backup holds another role of the name that the new one is to get', {
      where: `backup ${chosen.id}`,
      value: to,
      next: `dbctl restore ${plan.from} --as ${ctx.plan.service} --role <another name>`,
    });
}
