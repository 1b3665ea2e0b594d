import type { Evidence } from '../../engines/postgres/evidence.js';
import { databaseFactsSql, rolesCreateSql } from '../../engines/postgres/target.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import type { Allocation } from '../../ports/nomad.js';
import type { RehearsalReport } from '../../report/migrate-report.js';
import { carriedFacts, verifiersOf } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { serverOf, type Toolbox } from '../live.js';
import { openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { removeFolder, socketServer } from '../toolbox-run.js';
import { databaseReady, eventTime, isTerminal, taskState, waitAlloc } from '../wait-alloc.js';
import { dumpFolder, dumpSource } from './dump.js';
import { restore } from './import.js';
import { createVolume, deleteWhenFree, findVolume } from './stage.js';
import { requireEqual } from './verify.js';
import { proveWayBack } from './way-back.js';

const PLACE_MS = 180_000;

/** The whole move into a throwaway job and volume, while the app keeps running. Leaves nothing behind. */
export const rehearse: Step = {
  id: 'rehearse',
  title: 'Rehearse the move while the app keeps running',
  run: async (ctx) => {
    try {
      const report = await rehearsal(ctx);
      await ctx.journal.record('rehearsal', report);
      requireBudget(ctx, report);
      const parts = report.parts.map((part) => `${part.title} ${part.seconds.toFixed(1)} s`).join(', ');
      return {
        summary: `equal; ${parts}; about ${report.predictedDowntimeSeconds.toFixed(1)} s of downtime expected`,
        evidence: { ...report },
      };
    } finally {
      await cleanUp(ctx);
    }
  },
  undo: (ctx) => cleanUp(ctx),
};

async function rehearsal(ctx: MoveContext): Promise<RehearsalReport> {
  const began = ctx.clock.monotonic();
  const parts: { id: string; title: string; seconds: number }[] = [];
  const timed = async <T>(id: string, title: string, work: () => Promise<T>): Promise<T> => {
    const started = ctx.clock.monotonic();
    ctx.progress(title);
    const result = await work();
    parts.push({ id, title, seconds: Math.round(ctx.clock.monotonic() - started) / 1000 });
    return result;
  };
  ctx.progress('start');
  const alloc = await startJob(ctx);
  parts.push({ id: 'start', title: 'start', seconds: databaseStartSeconds(ctx, alloc) });
  const toolbox = { allocId: alloc.ID, task: ctx.plan.target.toolbox };
  await openSourceAccess(ctx, toolbox);
  const source = await timed('dump', 'dump', () =>
    dumpSource(ctx, toolbox, { step: 'rehearse-dump', folder: dumpFolder(ctx, 'rehearsal') }),
  );
  await prepareCopy(ctx, toolbox);
  const target = await timed('import', 'import', () => importCopy(ctx, toolbox));
  const folder = `${ctx.evidenceDir}/rehearsal`;
  await timed('verify', 'verify', () =>
    requireEqual(ctx, { source: source.evidence, target, folder, sequences: 'at-least' }),
  );
  await timed('way-back', 'way back', () => proveWayBack(ctx, toolbox));
  parts.push({ id: 'app', title: 'app start', seconds: await appStartSeconds(ctx) });
  const predicted = parts.filter((part) => part.id !== 'way-back').reduce((sum, part) => sum + part.seconds, 0);
  return {
    run: ctx.run,
    finishedAt: ctx.clock.now().toISOString(),
    seconds: Math.round(ctx.clock.monotonic() - began) / 1000,
    predictedDowntimeSeconds: Math.round(predicted * 10) / 10,
    parts,
    match: true,
  };
}

async function startJob(ctx: MoveContext): Promise<Allocation> {
  const { jobId, volume, source } = ctx.artifacts.rehearsal;
  if (!(await findVolume(ctx, volume))) await createVolume(ctx, volume, 'data');
  if (!(await ctx.nomad.job(jobId))) {
    await ctx.nomad.registerJob(await ctx.nomad.parseJob(source), { enforceIndex: 0, submission: source });
  }
  const names = ctx.plan.target;
  const ready = (allocations: readonly Allocation[]): Allocation | undefined =>
    allocations.find((alloc) => databaseReady(alloc, names));
  return await waitAlloc(ctx, { jobId, what: 'the rehearsal', deadlineMs: PLACE_MS, signal: ctx.signal, ready });
}

/** From the client's own time stamps: placing the volume of a rehearsal takes longer than that of a move. */
function databaseStartSeconds(ctx: MoveContext, alloc: Allocation): number {
  const init = taskState(alloc, ctx.plan.target.initTask);
  return ((eventTime(init, 'Terminated') ?? 0) - (eventTime(init, 'Received') ?? 0)) / 1000;
}

/** What the app's present allocation took from its first event until its tasks ran. */
async function appStartSeconds(ctx: MoveContext): Promise<number> {
  const alloc = (await ctx.nomad.allocations(ctx.plan.job.id)).find((entry) => entry.ClientStatus === 'running');
  const took = ctx.plan.app.tasks.map((task) => {
    const state = alloc && taskState(alloc, task);
    return (eventTime(state, 'Started') ?? 0) - (eventTime(state, 'Received') ?? 0);
  });
  return Math.max(0, ...took) / 1000;
}

async function prepareCopy(ctx: MoveContext, toolbox: Toolbox): Promise<void> {
  const facts = await carriedFacts(ctx);
  const script = rolesCreateSql(facts, await verifiersOf(ctx, facts));
  await ctx.sql.run(serverOf(ctx, toolbox), script, { signal: ctx.signal });
}

async function importCopy(ctx: MoveContext, toolbox: Toolbox): Promise<Evidence> {
  const { port } = ctx.plan.target;
  const { name: database } = mainDatabase(ctx.plan.target);
  const folder = dumpFolder(ctx, 'rehearsal');
  const evidence = await restore(ctx, toolbox, {
    step: 'rehearse-import',
    folder,
    server: socketServer(port, database),
  });
  await ctx.sql.run(serverOf(ctx, toolbox), databaseFactsSql(await carriedFacts(ctx)), { signal: ctx.signal });
  return evidence;
}

function requireBudget(ctx: MoveContext, report: RehearsalReport): void {
  const budget = ctx.journal.fact<number>('maxDowntimeSeconds') ?? ctx.service.migrate.maxDowntimeSeconds;
  if (budget === null || budget === undefined || report.predictedDowntimeSeconds <= budget) return;
  throw new DbctlError(
    'DOWNTIME_BUDGET',
    `the move would take about ${report.predictedDowntimeSeconds} s, allowed are ${budget} s`,
    {
      where: `service ${ctx.plan.service}`,
      value: `${report.predictedDowntimeSeconds} s`,
      next: `dbctl migrate ${ctx.plan.service} --max-downtime ${Math.ceil(report.predictedDowntimeSeconds * 1.3)}s`,
    },
  );
}

/** Also after half a rehearsal, and after Ctrl-C: a throwaway job left behind would keep its volume. */
async function cleanUp(ctx: MoveContext): Promise<void> {
  const { jobId, volume } = ctx.artifacts.rehearsal;
  const signal = AbortSignal.timeout(60_000);
  const alloc = (await ctx.nomad.allocations(jobId)).find((entry) => entry.ClientStatus === 'running');
  if (alloc) {
    const toolbox = { allocId: alloc.ID, task: ctx.plan.target.toolbox };
    await removeFolder({ ...ctx, signal }, toolbox, dumpFolder(ctx, 'rehearsal')).catch(() =>
      ctx.note('the rehearsal dump could not be removed'),
    );
  }
  await ctx.nomad.purgeJob(jobId);
  const until = ctx.clock.monotonic() + 60_000;
  while (ctx.clock.monotonic() < until && (await ctx.nomad.allocations(jobId)).some((entry) => !isTerminal(entry))) {
    await ctx.clock.sleep(200, signal);
  }
  const left = await findVolume(ctx, volume);
  if (left) await deleteWhenFree({ ...ctx, signal }, left.ID);
}
