import type { Tombstone } from '../../engines/postgres/tombstone.js';
import { mainDatabase } from '../../plan/main-database.js';
import type { Allocation } from '../../ports/nomad.js';
import { appAllocations, isOwnJob } from '../app-copies.js';
import type { MoveContext } from '../context.js';
import { firstSession, sessionsOfAll } from '../first-session.js';
import { sourceSql } from '../live.js';
import { movingSpec } from '../moving-spec.js';
import { entryFor } from '../recorded.js';
import { registerApp, runsFrom } from '../register-app.js';
import { removeRescue, rescueToolbox } from '../rescue.js';
import { writeStateBy } from '../retire-target.js';
import { dropSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { waitAlloc } from '../wait-alloc.js';
import { dropRepoint, leaveOwnJob } from './back-switch.js';
import { oldShapeAllocation } from './gate-in.js';
import { chosenLoss, letBackupGo } from './lost.js';
import { waitAllChecks } from './open.js';
import { tombstonesOf } from './prove.js';
import { writeJobspec } from './settle.js';

const PLACE_MS = 180_000;

/** The app comes up in its old shape, whether its job was stopped or has gone altogether. */
export const lostStart: Step = {
  id: 'lost-start',
  title: 'Start the app on the shared instance',
  run: async (ctx) => {
    const server = await sourceSql(ctx);
    const { name: database } = mainDatabase(ctx.plan.source);
    const before = await sessionsOfAll(ctx, server);
    const index = await registerOld(ctx);
    const alloc = isOwnJob(ctx) ? await turnCopies(ctx, index) : await untilOldShape(ctx);
    const watched = { server, database, role: ctx.plan.source.role };
    const seen = await firstSession(ctx, watched, entryFor(before, database).before);
    if (!seen) ctx.note(`unproven: no session of ${watched.role} was seen on ${database} yet`);
    const checks = await waitAllChecks(ctx, isOwnJob(ctx) ? await appAllocations(ctx) : [alloc]);
    return {
      summary: `app runs in allocation ${alloc.ID.slice(0, 8)}, ${seen ? 'session seen' : 'no session seen'}, ${checks} checks pass`,
      evidence: { allocation: alloc.ID, firstSession: seen ?? null, checks },
    };
  },
};

/** Returns the index of what runs now; compare-and-set against what was seen. */
async function registerOld(ctx: MoveContext): Promise<number> {
  const { id } = ctx.plan.job;
  const source = ctx.artifacts.repointed ?? ctx.artifacts.before;
  const running = await ctx.nomad.job(id);
  const index = running?.JobModifyIndex ?? 0;
  if (running && (await runsFrom(ctx, running, source))) return index;
  const parsed = await ctx.nomad.parseJob(source);
  const job = isOwnJob(ctx) ? movingSpec(parsed) : parsed;
  return (await ctx.nomad.registerJob(job, { enforceIndex: index, submission: source })).jobModifyIndex;
}

const turnCopies = (ctx: MoveContext, enforceIndex: number): Promise<Allocation> =>
  registerApp(ctx, ctx.artifacts.before, { enforceIndex, deadlineMs: PLACE_MS, what: 'the old shape of the app' });

const untilOldShape = (ctx: MoveContext): Promise<Allocation> =>
  waitAlloc(ctx, {
    jobId: ctx.plan.job.id,
    what: `the old shape of ${ctx.plan.job.id}`,
    deadlineMs: PLACE_MS,
    signal: ctx.signal,
    ignore: new Set(ctx.journal.fact<string[]>('lost-stop.old') ?? []),
    ready: (allocations) => oldShapeAllocation(ctx, allocations),
  });

/** The broken data is put aside for good: neither a later move nor a later finalize touches it. */
export const lostSettle: Step = {
  id: 'lost-settle',
  title: 'Put the broken data aside, write the jobspec',
  run: async (ctx) => {
    const kept = await putAside(ctx);
    await letBackupGo(ctx);
    await removeRescue(ctx);
    await dropRepoint(ctx);
    if (isOwnJob(ctx)) await leaveOwnJob(ctx);
    await writeJobspec(ctx, { from: ctx.artifacts.after.Source, to: ctx.artifacts.before.Source });
    await dropSourceAccess(ctx);
    if (chosenLoss(ctx).from === 'backup') await rememberTombstones(ctx);
    return { summary: kept, evidence: { volume: ctx.plan.target.volume.source } };
  },
};

async function rememberTombstones(ctx: MoveContext): Promise<void> {
  const known = ctx.journal.fact<Tombstone[]>('leftovers') ?? [];
  const own = tombstonesOf(ctx).filter(({ oid }) => !known.some((entry) => entry.oid === oid));
  await ctx.journal.record('leftovers', [...known, ...own]);
}

/** Without the backup volume there is no state file: then the volume is disowned, and a later move refuses it. */
async function putAside(ctx: MoveContext): Promise<string> {
  const { source: volume } = ctx.plan.target.volume;
  const retired = await rescueToolbox(ctx)
    .then((toolbox) => writeStateBy(ctx, toolbox, `retired ${ctx.run}-kept`))
    .then(
      () => true,
      () => false,
    );
  if (retired) return `volume ${volume} is kept as it is`;
  await ctx.journal.record('dataVolume', null);
  ctx.note(`the backup volume cannot be written: look what volume ${volume} holds before the next move`);
  return `volume ${volume} is kept, and refused by the next move`;
}
