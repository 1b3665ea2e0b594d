import { createBackSql, dropBackSql } from '../../engines/postgres/back.js';
import { backName } from '../../engines/postgres/names.js';
import type { SourceDatabase } from '../../plan/types.js';
import type { MoveContext } from '../context.js';
import { stepOf } from '../folders.js';
import { sourceSql, type Toolbox } from '../live.js';
import { openSourceAccess } from '../source-access.js';
import { socketServer, tcpServer, toolboxRun } from '../toolbox-run.js';

/** The schema of one target database loads on the shared instance. Done before any switch. Throws NO_WAY_BACK. */
export async function proveWayBack(
  ctx: MoveContext,
  toolbox: Toolbox,
  like: SourceDatabase,
  step = 'rehearse-back',
): Promise<void> {
  const { source, target } = ctx.plan;
  const name = backName(like.name, ctx.run);
  const shared = await sourceSql(ctx);
  const user = await openSourceAccess(ctx, toolbox);
  await ctx.sql.run(shared, createBackSql({ name, run: ctx.run, like }), { signal: ctx.signal });
  try {
    const back = tcpServer(source, user, name);
    const env = {
      ...socketServer(target.port, like.name),
      BACK_HOST: back.PGHOST,
      BACK_PORT: back.PGPORT,
      BACK_USER: back.PGUSER,
      BACK_DATABASE: back.PGDATABASE,
      BACK_PASSFILE: back.PGPASSFILE,
    };
    await toolboxRun(ctx, toolbox, {
      step: stepOf(step, like.name),
      script: 'schema-back.sh',
      env,
      total: 0,
    });
  } finally {
    await ctx.sql.run(shared, dropBackSql({ name, run: ctx.run }));
  }
}
