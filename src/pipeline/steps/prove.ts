import type { FenceRecord } from '../../engines/postgres/fence.js';
import { tombstoneName } from '../../engines/postgres/names.js';
import { type Tombstone, tombstoneSql } from '../../engines/postgres/tombstone.js';
import { mainDatabase } from '../../plan/main-database.js';
import { appAllocations } from '../app-copies.js';
import type { MoveContext } from '../context.js';
import { recordDowntime } from '../downtime.js';
import { notSeenOn, type SessionsBefore } from '../first-session.js';
import { sourceSql, targetSql } from '../live.js';
import { recordedAll } from '../recorded.js';
import type { Step } from '../step.js';
import { requireFence } from './fence.js';
import { waitAllChecks } from './open.js';

/** The app is seen on its new databases and healthy; the old ones get their tombstones. No session seen = unproven, not failed. */
export const prove: Step = {
  id: 'prove',
  title: 'See the app on its new database',
  run: async (ctx) => {
    const seen = ctx.journal.fact<string>('open.seen') ?? undefined;
    await recordDowntime(ctx, 'migrate', { to: seen });
    const checks = await waitAllChecks(ctx, await appAllocations(ctx));
    await requireFence(ctx, (database) => tombstoneName(database, ctx.run));
    const tombstones = await burySource(ctx);
    const { name: main } = mainDatabase(ctx.plan.source);
    const unseen = await notSeenOn(ctx, await targetSql(ctx), recordedAll<SessionsBefore>(ctx, 'open.sessions'));
    const quiet = unseen.filter((database) => !(seen && database === main));
    const how = quiet.includes(main) ? 'unproven: no session seen' : 'session seen';
    if (quiet.length > 0)
      ctx.note(
        `${ctx.plan.app.tasks.join(', ')} opened no session on ${quiet.join(', ')} yet: use the app once and look again`,
      );
    return {
      summary: `${how}, ${checks} checks pass; old database is ${tombstones.join(', ')}`,
      evidence: { firstSession: seen ?? null, checks, tombstones, notSeenOn: quiet },
    };
  },
};

/** Renamed and closed in a session that has just compared system identifier and oid. Already buried is success. */
async function burySource(ctx: MoveContext): Promise<string[]> {
  const tombstones = tombstonesOf(ctx);
  const script = tombstones.map(tombstoneSql).join('\n');
  await ctx.sql.run(await sourceSql(ctx), script, { signal: ctx.signal });
  await ctx.journal.record('tombstones', tombstones);
  return tombstones.map(({ tombstone }) => tombstone);
}

/** What each source database is called once it is put aside. */
export const tombstonesOf = (ctx: MoveContext): Tombstone[] =>
  recordedAll<FenceRecord>(ctx, 'fence').map(({ database, oid, systemIdentifier }) => ({
    database,
    oid,
    systemIdentifier,
    tombstone: tombstoneName(database, ctx.run),
  }));
