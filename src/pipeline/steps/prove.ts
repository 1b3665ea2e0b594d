import type { FenceRecord } from '../../engines/postgres/fence.js';
import { tombstoneName } from '../../engines/postgres/names.js';
import { type Tombstone, tombstoneSql } from '../../engines/postgres/tombstone.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { MoveContext } from '../context.js';
import { recordDowntime } from '../downtime.js';
import { runningAlloc, sourceSql } from '../live.js';
import type { Step } from '../step.js';
import { requireFence } from './fence.js';
import { waitChecks } from './open.js';

/** The app is seen on its new database and healthy; the old one gets its tombstone. No session seen = unproven, not failed. */
export const prove: Step = {
  id: 'prove',
  title: 'See the app on its new database',
  run: async (ctx) => {
    const seen = ctx.journal.fact<string>('open.seen') ?? undefined;
    await recordDowntime(ctx, 'migrate', { to: seen });
    const alloc = await runningAlloc(ctx, ctx.plan.job.id, ctx.plan.target.toolbox);
    const checks = await waitChecks(ctx, alloc.ID);
    await requireFence(ctx);
    const tombstone = await burySource(ctx);
    const how = seen ? 'session seen' : 'unproven: no session seen';
    if (!seen) ctx.note(`${ctx.plan.app.tasks.join(', ')} opened no session yet: use the app once and look again`);
    return {
      summary: `${how}, ${checks} checks pass; old database is ${tombstone}`,
      evidence: { firstSession: seen ?? null, checks, tombstone },
    };
  },
};

/** Renamed and closed in a session that has just compared system identifier and oid. Already buried is success. */
export async function burySource(ctx: MoveContext): Promise<string> {
  const record = ctx.journal.fact<FenceRecord>('fence');
  if (!record) throw new DbctlError('INTERNAL', 'no fence was recorded', { where: ctx.plan.service });
  const tombstone = tombstoneName(record.database, ctx.run);
  await ctx.sql.run(await sourceSql(ctx), tombstoneSql(tombstoneOf(record, tombstone)), { signal: ctx.signal });
  await ctx.journal.record('tombstone', tombstoneOf(record, tombstone));
  return tombstone;
}

export const tombstoneOf = ({ database, oid, systemIdentifier }: FenceRecord, tombstone: string): Tombstone => ({
  database,
  oid,
  systemIdentifier,
  tombstone,
});
