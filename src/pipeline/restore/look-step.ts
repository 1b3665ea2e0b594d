import { type DatabaseIdentityRow, identitySql } from '../../engines/postgres/identity.js';
import { type CarriedFacts, carriedFactsSql } from '../../engines/postgres/roles.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { targetSql, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { RESERVE_BYTES, requireFree, requireRoomToRestore } from '../require-room.js';
import type { Step } from '../step.js';
import type { RestoreContext } from './context.js';
import { foundSet, type Live, type LiveDatabase } from './facts.js';

/** What is live now, by oid, with its rights and settings; and whether another copy has room beside it. Changes nothing. */
export const lookStep: Step<RestoreContext> = {
  id: 'look',
  title: 'Look at what is live, and at the room beside it',
  run: async (ctx) => {
    const databases = await oneByOne(ctx.plan.target.databases, ({ name }) => lookAt(ctx, name));
    const live = { systemIdentifier: await systemIdentifier(ctx), databases };
    await ctx.journal.record('live', live);
    await requireRoom(ctx, live);
    const sizes = databases.map(({ database, oid }) => `${database}${oid === null ? ' (gone)' : ''}`);
    return {
      summary: `${sizes.join(', ')}; there is room`,
      evidence: { databases: databases.map(({ database, oid }) => ({ database, oid })) },
    };
  },
};

async function lookAt(ctx: RestoreContext, database: string): Promise<LiveDatabase> {
  const server = await targetSql(ctx);
  const [row] = (await ctx.sql.run(server, identitySql(database), { signal: ctx.signal })) as DatabaseIdentityRow[];
  if (!row) {
    if (!ctx.request.safety) return { database, oid: null, sizeBytes: 0, facts: null };
    throw unreadable(ctx, database, 'the live database is gone');
  }
  if (!row.allowConn) throw unreadable(ctx, database, 'the live database is closed: somebody put it aside');
  const script = carriedFactsSql(database, ctx.plan.target.role);
  const [found] = (await ctx.sql.run(server, script, { signal: ctx.signal })) as CarriedFacts[];
  if (!found) throw unreadable(ctx, database, 'the live database is gone');
  const { roles: _, ...facts } = found;
  return { database, oid: row.oid, sizeBytes: row.sizeBytes, facts };
}

const unreadable = (ctx: RestoreContext, database: string, what: string): DbctlError =>
  new DbctlError('TARGET_UNREADABLE', what, {
    where: `database ${database}`,
    next: `dbctl restore ${ctx.plan.service} --without-safety, when what is there now may be given up`,
  });

async function systemIdentifier(ctx: RestoreContext): Promise<string> {
  const script = `select json_build_object('id', system_identifier::text) from pg_control_system();\n`;
  const [row] = (await ctx.sql.run(await targetSql(ctx), script, { signal: ctx.signal })) as { id: string }[];
  if (row) return row.id;
  throw new DbctlError('INTERNAL', 'the dedicated server told no system identifier', { where: ctx.plan.service });
}

const sum = (items: readonly { readonly sizeBytes: number }[]): number =>
  items.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);

async function requireRoom(ctx: RestoreContext, live: Live): Promise<void> {
  const server = await targetSql(ctx);
  const { task } = ctx.plan.target;
  await requireRoomToRestore(ctx, { server, task }, sum(foundSet(ctx).databases), `the data volume of ${task}`);
  if (!ctx.request.safety) return;
  await requireFree(ctx, await toolboxOf(ctx), ctx.home, sum(live.databases) + RESERVE_BYTES, 'the backup volume');
}
