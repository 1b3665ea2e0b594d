import type { Tombstone } from '../../engines/postgres/tombstone.js';
import { mainDatabase } from '../../plan/main-database.js';
import { REPOINT_TASK } from '../../plan/names.js';
import type { Allocation } from '../../ports/nomad.js';
import { together } from '../../shared/together.js';
import { appAllocations, isOwnJob } from '../app-copies.js';
import type { MoveContext } from '../context.js';
import { recordDowntime } from '../downtime.js';
import { firstSession, notSeenOn, type SessionsBefore, sessionsOfAll } from '../first-session.js';
import { sourceSql } from '../live.js';
import { lookAtTarget } from '../look-at-target.js';
import { databaseText, purgeDatabase } from '../own-database.js';
import { entryFor, recordedAll } from '../recorded.js';
import { registerApp, runningJob, runsFrom } from '../register-app.js';
import { registerLast, registerPlain } from '../register-plain.js';
import { removeRescue, rescueToolbox } from '../rescue.js';
import { retireTarget, writeStateBy } from '../retire-target.js';
import { dropSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { waitAlloc } from '../wait-alloc.js';
import { switchDatabases } from './back.js';
import { hasTask, oldShapeAllocation } from './gate-in.js';
import { waitAllChecks, waitChecks } from './open.js';
import { tombstonesOf } from './prove.js';
import { writeJobspec } from './settle.js';

const PLACE_MS = 180_000;

/** Point of no return of a rollback: from here on it is only ever finished. */
export const backSwitch: Step = {
  id: 'back-switch',
  title: 'Take the service back to the shared instance',
  run: async (ctx) => {
    await switchDatabases(ctx);
    const { role } = ctx.plan.source;
    const { name: database } = mainDatabase(ctx.plan.source);
    const watched = { server: await sourceSql(ctx), database, role };
    const before = await sessionsOfAll(ctx, watched.server);
    await ctx.journal.record('back-switch.sessions', before);
    const [alloc, seen] = await together([
      isOwnJob(ctx) ? turnCopies(ctx) : turnGroup(ctx),
      firstSession(ctx, watched, entryFor(before, database).before),
    ]);
    await ctx.journal.record('back-switch.seen', seen ?? null);
    return {
      summary: `app runs in allocation ${alloc.ID.slice(0, 8)} on job ${ctx.plan.source.job}`,
      evidence: { allocation: alloc.ID },
    };
  },
};

/**
 * Every row is on the shared instance by now: a dedicated server that died meanwhile keeps nobody from going on. Its marker
 * cannot be set then, but the state file alone has the data put aside.
 */
async function retire(ctx: MoveContext): Promise<void> {
  if ((await lookAtTarget(ctx)).length === 0) return await retireTarget(ctx);
  await writeStateBy(ctx, await rescueToolbox(ctx), `retired ${ctx.run}`);
  await removeRescue(ctx);
  ctx.note('the dedicated server died meanwhile; its data is put aside by the next move');
}

async function turnGroup(ctx: MoveContext): Promise<Allocation> {
  const running = await ctx.nomad.job(ctx.plan.job.id);
  if (running && hasTask(running, ctx.plan.target.gateTask)) {
    await retire(ctx);
    await registerPlain(ctx, ctx.artifacts.repointed ?? ctx.artifacts.before);
  }
  return await waitAlloc(ctx, {
    jobId: ctx.plan.job.id,
    what: `the old shape of ${ctx.plan.job.id}`,
    deadlineMs: PLACE_MS,
    signal: ctx.signal,
    ready: (allocations) => oldShapeAllocation(ctx, allocations),
  });
}

/** Copy after copy: those that still have the new settings find their database closed and can write nowhere. */
async function turnCopies(ctx: MoveContext): Promise<Allocation> {
  const running = await runningJob(ctx);
  if (!(await runsFrom(ctx, running, ctx.artifacts.before))) await retire(ctx);
  return await registerApp(ctx, ctx.artifacts.before, {
    enforceIndex: running.JobModifyIndex ?? 0,
    deadlineMs: PLACE_MS,
    what: `the old shape of ${running.ID}`,
  });
}

export const backProve: Step = {
  id: 'back-prove',
  title: 'See the app on the shared instance',
  run: async (ctx) => {
    const seen = ctx.journal.fact<string>('back-switch.seen') ?? undefined;
    await recordDowntime(ctx, 'rollback', { to: seen });
    const allocations = isOwnJob(ctx)
      ? await appAllocations(ctx)
      : (await ctx.nomad.allocations(ctx.plan.job.id)).filter((entry) => oldShapeAllocation(ctx, [entry]));
    const checks = await waitAllChecks(ctx, allocations);
    const before = recordedAll<SessionsBefore>(ctx, 'back-switch.sessions');
    const quiet = await notSeenOn(ctx, await sourceSql(ctx), before);
    if (quiet.length > 0)
      ctx.note(`unproven: no session of ${ctx.plan.source.role} was seen on ${quiet.join(', ')} yet`);
    return {
      summary: `${seen ? 'session seen' : 'no session seen'}, ${checks} checks pass`,
      evidence: { firstSession: seen ?? null, checks, notSeenOn: quiet },
    };
  },
};

/** The operator's file is as it was; the closed older copy is remembered, so that a later finalize can drop it. */
export const backSettle: Step = {
  id: 'back-settle',
  title: 'Write the jobspec, tidy up',
  run: async (ctx) => {
    await dropRepoint(ctx);
    if (isOwnJob(ctx)) await leaveOwnJob(ctx);
    await writeJobspec(ctx, { from: ctx.artifacts.after.Source, to: ctx.artifacts.before.Source });
    await dropSourceAccess(ctx);
    const leftovers = ctx.journal.fact<Tombstone[]>('leftovers') ?? [];
    const older = tombstonesOf(ctx);
    await ctx.journal.record('leftovers', [...leftovers, ...older]);
    const names = older.map(({ tombstone }) => tombstone);
    return {
      summary: `${ctx.artifacts.path} as before; the older copy stays closed as ${names.join(', ')}`,
      evidence: { leftovers: names },
    };
  },
};

/** The operator's own text again, when a task that pointed the app back was needed. Once it has gone: nothing to do. */
export async function dropRepoint(ctx: MoveContext): Promise<void> {
  const running = await ctx.nomad.job(ctx.plan.job.id);
  if (running && hasTask(running, REPOINT_TASK)) await registerLast(ctx, ctx.artifacts.before);
  if (!ctx.artifacts.repointed) return;
  const alloc = await waitAlloc(ctx, {
    jobId: ctx.plan.job.id,
    what: `the old shape of ${ctx.plan.job.id}`,
    deadlineMs: PLACE_MS,
    signal: ctx.signal,
    ready: (allocations) =>
      oldShapeAllocation(
        ctx,
        allocations.filter((entry) => !entry.TaskStates?.[REPOINT_TASK]),
      ),
  });
  await waitChecks(ctx, alloc);
}

/** The app's plain text in place of the one with long deadlines; the database's job and its file go, its volume stays. */
export async function leaveOwnJob(ctx: MoveContext): Promise<void> {
  await registerLast(ctx, ctx.artifacts.before);
  await purgeDatabase(ctx);
  const { path, source } = databaseText(ctx);
  const now = await ctx.files.read(path);
  if (now === source.Source) await ctx.files.remove(path);
  else if (now !== undefined) ctx.note(`${path} was edited and is kept; its job is gone`);
}
