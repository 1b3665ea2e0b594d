import { DbctlError } from '../errors/dbctl-error.js';
import { isUncertain } from '../pipeline/after-failure.js';
import { type KnownBackup, knownBackups } from '../pipeline/backups.js';
import type { MoveContext } from '../pipeline/context.js';
import { entryOf } from '../pipeline/journal.js';
import { backupWayOut, type Loss, lossBy, newestWhole, sourceWayOut, type WayOut } from '../pipeline/loss.js';
import { removeRescue, rescueToolbox } from '../pipeline/rescue.js';
import { allBackups } from '../pipeline/scheduled-backups.js';
import { LOST_STEPS } from '../pipeline/steps/index.js';
import { LOST_BACKUP } from '../pipeline/steps/lost.js';
import type { LossReport, MigrateReport } from '../report/migrate-report.js';
import { loadEvidence, saveReport } from './evidence-files.js';
import { costText, sinceText } from './loss-text.js';
import { moveReport } from './move-report.js';
import type { PreparedRun } from './prepared-run.js';
import { type MoveRun, moveRun, type OpenRun, runPipeline, undoPipeline } from './run-move.js';

/** What the operator chose to go back to: `source`, `backup` for the newest whole one, or `backup:<id>`. */
export type LossChoice = 'source' | 'backup' | `backup:${string}`;

/** A failed ordinary rollback, remembered in the journal: why the dedicated database cannot be carried back. */
export interface FailedWayBack {
  readonly at: string;
  readonly step: string;
  readonly saw: readonly string[];
}

/** Older than that, somebody may have mended it: an ordinary rollback has to say so again. */
const FAILED_COUNTS_MS = 3600 * 1000;

/** The refusal that names what was seen and every way out, newest first. Nothing of the service is changed. */
export async function refusal(ctx: MoveContext, saw: readonly string[], code: RefusalCode): Promise<DbctlError> {
  const { service } = ctx.plan;
  const { ways, problems, known } = await waysOut(ctx);
  const now = ctx.clock.now();
  const choices = ways.map(
    (way) => `${command(service, way)} takes it back ${sinceText(way, now)}; ${costText(lossBy(way, saw, known), now)}`,
  );
  const told = {
    where: `service ${service}`,
    details: [...saw, ...problems, ...choices],
    next: `mend it and run dbctl rollback ${service}, which loses nothing; or choose one of the commands above`,
  };
  return code === 'RESTORE_FAILED'
    ? new DbctlError('RESTORE_FAILED', 'what was dumped cannot be restored on the shared instance', told)
    : new DbctlError('TARGET_UNREADABLE', 'the dedicated database cannot be read, so no row can be carried back', told);
}

type RefusalCode = 'TARGET_UNREADABLE' | 'RESTORE_FAILED';

const command = (service: string, { from, backup }: WayOut): string =>
  `dbctl rollback ${service} --from ${backup === null ? from : `backup:${backup}`} --accept-loss`;

interface WaysOut {
  readonly ways: readonly WayOut[];
  readonly problems: readonly string[];
  readonly known: readonly KnownBackup[];
}

async function waysOut(ctx: MoveContext): Promise<WaysOut> {
  const source = sourceWayOut(ctx);
  const journalled = knownBackups(ctx);
  if (!ctx.artifacts.rescue) return { ways: [source], problems: [], known: journalled };
  try {
    const toolbox = await rescueToolbox(ctx);
    const known = await allBackups(ctx, toolbox);
    const { backup, damaged } = await newestWhole(ctx, toolbox, known);
    return { ways: [...(backup ? [backupWayOut(backup)] : []), source], problems: damaged, known };
  } catch (error) {
    if (!(error instanceof DbctlError) || isUncertain(error.code)) throw error;
    const problems = [`its backups cannot be reached: ${error.message}`, ...error.details];
    return { ways: [source], problems, known: journalled };
  } finally {
    await removeRescue(ctx);
  }
}

interface LossInput {
  readonly choice: LossChoice;
  readonly confirm: (question: string) => Promise<void>;
}

/** Takes the service back and says what is lost by it. Throws TARGET_READABLE while an ordinary rollback could lose nothing. */
export async function rollbackWithLoss(
  open: OpenRun,
  prepared: PreparedRun,
  saw: readonly string[],
  input: LossInput,
): Promise<MigrateReport> {
  const move = moveRun(open, prepared);
  const ctx = move.contextFor('');
  const reasons = saw.length > 0 ? saw : requireRecentFailure(ctx);
  const loss = await agreedLoss(ctx, reasons, input).catch(async (error: unknown) => {
    await removeRescue(ctx);
    throw error;
  });
  await ctx.journal.record('lost', loss);
  return await driveLoss(open, prepared, move);
}

async function agreedLoss(ctx: MoveContext, reasons: readonly string[], input: LossInput): Promise<Loss> {
  const { way, backup, known } = await chosenWay(ctx, input.choice);
  const loss = lossBy(way, reasons, known);
  const now = ctx.clock.now();
  const { service, source } = ctx.plan;
  await input.confirm(`Take ${service} back to job ${source.job} ${sinceText(way, now)}: ${costText(loss, now)}.`);
  await ctx.journal.record(LOST_BACKUP, backup);
  return loss;
}

function requireRecentFailure(ctx: MoveContext): readonly string[] {
  const failed = ctx.journal.fact<FailedWayBack>('back.failed');
  if (failed && ctx.clock.now().getTime() - Date.parse(failed.at) < FAILED_COUNTS_MS) return failed.saw;
  throw new DbctlError('TARGET_READABLE', 'the dedicated database answers, so nothing has to be given up', {
    where: `service ${ctx.plan.service}`,
    next: `dbctl rollback ${ctx.plan.service} carries every row back; if it cannot, it says why and names the choice again`,
  });
}

interface ChosenWay {
  readonly way: WayOut;
  /** `null` for the closed source. */
  readonly backup: KnownBackup | null;
  readonly known: readonly KnownBackup[];
}

async function chosenWay(ctx: MoveContext, choice: LossChoice): Promise<ChosenWay> {
  if (choice === 'source') return { way: sourceWayOut(ctx), backup: null, known: knownBackups(ctx) };
  const wanted = choice === 'backup' ? undefined : choice.slice('backup:'.length);
  const journalled = knownBackups(ctx).find(({ id }) => id === wanted);
  if (journalled) return { way: backupWayOut(journalled), backup: journalled, known: knownBackups(ctx) };
  const toolbox = await rescueToolbox(ctx);
  const known = await allBackups(ctx, toolbox);
  const among = wanted === undefined ? known : known.filter(({ id }) => id === wanted);
  const { backup, damaged } = await newestWhole(ctx, toolbox, among);
  if (backup) return { way: backupWayOut(backup), backup, known };
  throw notFound(ctx, wanted ?? 'any', damaged, known);
}

const notFound = (
  ctx: MoveContext,
  value: string,
  damaged: readonly string[],
  known: readonly KnownBackup[],
): DbctlError =>
  new DbctlError('BACKUP_NOT_FOUND', 'there is no such whole backup', {
    where: `/backups/${ctx.plan.service}`,
    value,
    details: [...damaged, `known: ${known.map(({ id }) => id).join(', ') || 'none'}`],
    next: `dbctl rollback ${ctx.plan.service} names what can be chosen`,
  });

/** Begins such a way back, or goes on with one that was cut. */
export async function driveLoss(
  open: OpenRun,
  prepared: PreparedRun,
  move: MoveRun = moveRun(open, prepared),
): Promise<MigrateReport> {
  const { service } = prepared.plan;
  const loss = open.journal.fact<Loss>('lost');
  const steps = LOST_STEPS.filter(({ id }) => id !== 'lost-restore' || loss?.from === 'backup');
  const title = `Take ${service} back without its dedicated database`;
  const result = await runPipeline(open, move, { title, steps, during: 'rolling-back', after: 'rolled-back' });
  const base = { kind: 'rollback', service, run: prepared.run, journal: open.journal, notes: move.notes } as const;
  if (!result.failed) {
    const evidence = loss?.from === 'backup' ? await loadEvidence(open.deps, move, 'rollback') : undefined;
    const lost = loss && lossReport(prepared, loss);
    return await saveReport(
      open.deps,
      move,
      moveReport({ ...base, status: 'ok', steps: result.results, evidence, lost, undo: `dbctl migrate ${service}` }),
    );
  }
  const { error } = result.failed;
  const journal = open.journal.current;
  if (isUncertain(error.code) || (journal && entryOf(journal, 'lost-stop'))) {
    const notes = [...move.notes, `go on with: dbctl rollback ${service} --resume`];
    return moveReport({ ...base, status: 'failed', steps: result.results, notes, error });
  }
  const undone = await undoPipeline(open, move, { steps, after: 'migrated' });
  if (!undone.error) await open.journal.record('lost', null);
  return moveReport({
    ...base,
    status: undone.error ? 'failed' : 'undone',
    steps: [...result.results, ...undone.results],
    error,
  });
}

const lossReport = ({ plan, run }: PreparedRun, loss: Loss): LossReport => ({
  ...loss,
  kept: `volume ${plan.target.volume.source} on ${plan.node.name}; the next move puts it aside as pgdata.retired-${run}-kept`,
});
