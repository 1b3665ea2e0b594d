import { connInfo } from '../../engines/postgres/connection.js';
import { databaseFactsSql, markSql, recreateEmptySql, rolesCreateSql } from '../../engines/postgres/target.js';
import { carriedFacts, verifiersOf } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { type Toolbox, targetSql, toolboxOf } from '../live.js';
import type { Step } from '../step.js';
import { type ServerEnv, socketServer, toolboxRun } from '../toolbox-run.js';
import { dumpFolder } from './dump.js';
import { requireFence } from './fence.js';

/** Restores from that very dump, so that the artifact is proven restorable, and takes the target's evidence. */
export const importStep: Step = {
  id: 'import',
  title: 'Import from that dump',
  run: async (ctx) => {
    await requireFence(ctx);
    const target = await targetSql(ctx);
    const { database, role, port } = ctx.plan.target;
    const facts = await carriedFacts(ctx);
    const marker = { service: ctx.plan.service, database, run: ctx.run };
    const prepare = [
      rolesCreateSql(facts, await verifiersOf(ctx, facts)),
      recreateEmptySql({ ...marker, owner: role, like: ctx.plan.source }),
      markSql({ ...marker, state: 'importing' }),
    ];
    await ctx.sql.run(target, prepare.join('\n'), { signal: ctx.signal });
    await restore(ctx, await toolboxOf(ctx), {
      step: 'import',
      folder: dumpFolder(ctx),
      server: socketServer(port, database),
    });
    await ctx.sql.run(target, databaseFactsSql(facts), { signal: ctx.signal });
    const roles = facts.roles.map((entry) => entry.name);
    return { summary: `database ${database}, roles ${roles.join(', ')}`, evidence: { roles } };
  },
};

export async function restore(
  ctx: MoveContext,
  toolbox: Toolbox,
  options: { step: string; folder: string; server: ServerEnv },
): Promise<void> {
  await toolboxRun(ctx, toolbox, {
    step: options.step,
    script: 'restore.sh',
    env: { ...options.server, IN: options.folder, JOBS: '2', CONNINFO: connInfo(String(options.server.PGDATABASE)) },
    total: ctx.plan.source.sizeBytes,
  });
}
