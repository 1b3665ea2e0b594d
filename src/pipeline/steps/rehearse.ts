import type { Evidence } from '../../engines/postgres/evidence.js';
import { databaseFactsSql, rolesCreateSql } from '../../engines/postgres/target.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { partShape } from '../../plan/part-shape.js';
import type { SourceDatabase } from '../../plan/types.js';
import type { Allocation } from '../../ports/nomad.js';
import type { RehearsalReport } from '../../report/migrate-report.js';
import { isOwnJob } from '../app-copies.js';
import { carriedFacts, carriedRoles, verifiersOf } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { dumpFolder, evidenceFolder } from '../folders.js';
import { serverOf, type Toolbox } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { entryFor } from '../recorded.js';
import { requireExtensions } from '../required-extensions.js';
import { openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { removeFolder, socketServer } from '../toolbox-run.js';
import { databaseReady, eventTime, isTerminal, taskState, waitAlloc } from '../wait-alloc.js';
import { type DumpResult, dumpSource } from './dump.js';
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
  const { databases } = ctx.plan.source;
  const dumpOne = (database: SourceDatabase): Promise<DumpResult> =>
    dumpSource(ctx, toolbox, database, { step: 'rehearse-dump', folder: 'rehearsal' });
  const dumps = await timed('dump', 'dump', () => oneByOne(databases, dumpOne));
  await prepareCopy(ctx, toolbox);
  const copies = await timed('import', 'import', () =>
    oneByOne(databases, (database) => importCopy(ctx, toolbox, database, entryFor(dumps, database.name))),
  );
  await timed('verify', 'verify', () =>
    oneByOne(copies, (copy) => compareCopy(ctx, entryFor(dumps, copy.database), copy)),
  );
  await timed('way-back', 'way back', () => oneByOne(databases, (database) => proveWayBack(ctx, toolbox, database)));
  parts.push({ id: 'app', title: 'app start', seconds: await appStartSeconds(ctx) });
  // A database in a job of its own starts while the app still runs.
  const free = new Set(['way-back', ...(isOwnJob(ctx) ? ['start'] : [])]);
  const predicted = parts.filter((part) => !free.has(part.id)).reduce((sum, part) => sum + part.seconds, 0);
  return {
    run: ctx.run,
    shape: partShape(ctx.plan.target),
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
  await requireExtensions(ctx, serverOf(ctx, toolbox));
  const roles = carriedRoles(await carriedFacts(ctx));
  const script = rolesCreateSql({ roles }, await verifiersOf(ctx, roles));
  await ctx.sql.run(serverOf(ctx, toolbox), script, { signal: ctx.signal });
}

interface Copy {
  readonly database: string;
  readonly evidence: Evidence;
}

async function importCopy(
  ctx: MoveContext,
  toolbox: Toolbox,
  database: SourceDatabase,
  { folder, manifestSha256 }: DumpResult,
): Promise<Copy> {
  const server = socketServer(ctx.plan.target.port, database.name);
  const evidence = await restore(ctx, toolbox, database, { step: 'rehearse-import', folder, manifestSha256, server });
  const facts = entryFor(await carriedFacts(ctx), database.name);
  await ctx.sql.run(serverOf(ctx, toolbox), databaseFactsSql(facts), { signal: ctx.signal });
  return { database: database.name, evidence };
}

async function compareCopy(ctx: MoveContext, dumped: DumpResult, { database, evidence }: Copy): Promise<void> {
  const folder = evidenceFolder(ctx, database, 'rehearsal');
  await requireEqual(ctx, { database, source: dumped.evidence, target: evidence, folder, sequences: 'at-least' });
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
    await oneByOne(ctx.plan.source.databases, ({ name }) =>
      removeFolder({ ...ctx, signal }, toolbox, dumpFolder(ctx, name, 'rehearsal')),
    ).catch(() => ctx.note('the rehearsal dump could not be removed'));
  }
  await ctx.nomad.purgeJob(jobId);
  const until = ctx.clock.monotonic() + 60_000;
  while (ctx.clock.monotonic() < until && (await ctx.nomad.allocations(jobId)).some((entry) => !isTerminal(entry))) {
    await ctx.clock.sleep(200, signal);
  }
  const left = await findVolume(ctx, volume);
  if (left) await deleteWhenFree({ ...ctx, signal }, left.ID);
}
