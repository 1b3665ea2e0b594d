import { DbctlError } from '../errors/dbctl-error.js';
import { isUncertain } from '../pipeline/after-failure.js';
import type { MoveContext } from '../pipeline/context.js';
import { entryOf, isUnfinished, type Journal, verbOf } from '../pipeline/journal.js';
import { lookAtTarget } from '../pipeline/look-at-target.js';
import type { Proof } from '../pipeline/proof.js';
import type { PipelineResult } from '../pipeline/run.js';
import { ROLLBACK_STEPS } from '../pipeline/steps/index.js';
import type { MigrateReport } from '../report/migrate-report.js';
import type { UseCaseDeps } from './deps.js';
import { loadEvidence, saveReport } from './evidence-files.js';
import { moveReport } from './move-report.js';
import { prepareWayBack } from './prepare-move.js';
import { loadPrepared, type PreparedRun, requireService } from './prepared-run.js';
import { wayBackText } from './proof-text.js';
import { driveLoss, type FailedWayBack, type LossChoice, refusal, rollbackWithLoss } from './rollback-loss.js';
import { type MoveRun, moveRun, type OpenRun, runPipeline, undoPipeline, withRun } from './run-move.js';

export interface RollbackInput {
  readonly service: string;
  readonly resume: boolean;
  /** Set when the operator gives up what only the dedicated database holds. */
  readonly loss?: LossChoice | undefined;
  readonly confirm: (question: string) => Promise<void>;
}

/** Takes a migrated service back to the shared instance with every row committed since. Once rolled back: nothing to do. */
export function rollback(deps: UseCaseDeps, input: RollbackInput): Promise<MigrateReport> {
  requireService(deps, input.service);
  return withRun(deps, input.service, async (open) => {
    const journal = open.journal.current;
    if (journal?.phase === 'rolled-back') return nothingToDo(open, journal);
    const run = requireRun(journal, input);
    const prepared = await prepareWayBack(deps, await loadPrepared(open, input.service, run));
    if (journal?.phase === 'rolling-back' && open.journal.fact('lost')) return await driveLoss(open, prepared);
    const saw = isSwitched(journal) ? [] : await lookAtTarget(moveRun(open, prepared).contextFor(''));
    if (input.loss !== undefined)
      return await rollbackWithLoss(open, prepared, saw, { choice: input.loss, confirm: input.confirm });
    if (saw.length > 0) throw await refusal(moveRun(open, prepared).contextFor(''), saw, 'TARGET_UNREADABLE');
    await input.confirm(
      `Take ${input.service} back to job ${prepared.plan.source.job}; every row written since is kept. ${wayBackText(open.journal.fact<Proof>('proof'), deps.clock.now())}`,
    );
    return await drive(open, prepared);
  });
}

/** For a move whose app did not come up on the new database: same pipeline, same journal, the first error stays visible. */
export async function rollBackOpenRun(
  open: OpenRun,
  move: MoveRun,
  prepared: PreparedRun,
  before: PipelineResult & { readonly error: DbctlError },
): Promise<MigrateReport> {
  const report = await drive(open, await prepareWayBack(open.deps, prepared));
  const steps = [...before.results, ...report.steps];
  const notes = [
    ...move.notes,
    ...report.notes,
    report.error ? `the way back failed too: ${report.error.message}` : 'the service was taken back',
  ];
  const base = { kind: 'migrate', service: prepared.plan.service, run: prepared.run, journal: open.journal } as const;
  return moveReport({ ...base, status: report.error ? 'failed' : 'undone', steps, notes, error: before.error });
}

function nothingToDo(open: OpenRun, journal: Journal): MigrateReport {
  const { service, run } = journal;
  return moveReport({
    kind: 'rollback',
    service,
    run,
    status: 'nothing-to-do',
    journal: open.journal,
    notes: ['already rolled back'],
  });
}

/** From the switch on the rows are on the shared instance again, and nothing can be given up any more. */
const isSwitched = (journal: Journal | undefined): boolean =>
  journal?.phase === 'rolling-back' && entryOf(journal, 'back-switch') !== undefined;

function requireRun(journal: Journal | undefined, input: RollbackInput): string {
  const { service } = input;
  if (journal?.phase === 'migrated') return journal.run;
  if (journal?.phase === 'rolling-back') {
    if (input.resume || (input.loss !== undefined && !isSwitched(journal))) return journal.run;
    throw new DbctlError('RUN_UNFINISHED', 'a rollback was interrupted', {
      next: `dbctl rollback ${service} --resume`,
    });
  }
  if (journal?.phase === 'finalized') {
    throw new DbctlError('RUN_NOT_FOUND', 'the move is final: the old database was dropped', {
      where: `run ${journal.run}`,
      next: `its dumps are on the backup volume, below /backups/${service}`,
    });
  }
  if (journal && isUnfinished(journal.phase)) {
    throw new DbctlError('RUN_UNFINISHED', `run ${journal.run} is unfinished (${journal.phase})`, {
      next: `dbctl ${verbOf(journal.phase)} ${service} --resume`,
    });
  }
  throw new DbctlError('RUN_NOT_FOUND', 'there is no move to roll back', {
    where: `service ${service}`,
    next: `dbctl plan ${service}`,
  });
}

async function drive(open: OpenRun, prepared: PreparedRun): Promise<MigrateReport> {
  const move = moveRun(open, prepared);
  const { service } = prepared.plan;
  const title = `Take ${service} back to the shared instance`;
  const result = await runPipeline(open, move, {
    title,
    steps: ROLLBACK_STEPS,
    during: 'rolling-back',
    after: 'rolled-back',
  });
  const base = { kind: 'rollback', service, run: prepared.run, journal: open.journal, notes: move.notes } as const;
  if (!result.failed) {
    const evidence = await loadEvidence(open.deps, move, 'rollback');
    return await saveReport(
      open.deps,
      move,
      moveReport({ ...base, status: 'ok', steps: result.results, evidence, undo: `dbctl migrate ${service}` }),
    );
  }
  return await failed(open, move, prepared, result, result.failed);
}

/** Before the switch nothing on the shared instance is live yet: reopen the dedicated database. After it: go on later. */
async function failed(
  open: OpenRun,
  move: MoveRun,
  prepared: PreparedRun,
  result: PipelineResult,
  { step, error }: NonNullable<PipelineResult['failed']>,
): Promise<MigrateReport> {
  const { service } = prepared.plan;
  const journal = open.journal.current;
  const base = { kind: 'rollback', service, run: prepared.run, journal: open.journal } as const;
  if (isUncertain(error.code) || (journal && entryOf(journal, 'back-switch'))) {
    return moveReport({
      ...base,
      status: 'failed',
      error,
      steps: result.results,
      notes: [...move.notes, `go on with: dbctl rollback ${service} --resume`],
    });
  }
  const undone = await undoPipeline(open, move, { steps: ROLLBACK_STEPS, after: 'migrated' });
  const steps = [...result.results, ...undone.results];
  return moveReport({
    ...base,
    error: await told(move.contextFor(''), step, error),
    status: undone.error ? 'failed' : 'undone',
    steps,
    notes: [...move.notes, 'the service stays on its own database'],
  });
}

/** What was wrong with the data itself is remembered, and told with the choice there is; anything else stays what it was. */
async function told(ctx: MoveContext, step: string, error: DbctlError): Promise<DbctlError> {
  const code = OF_THE_DATA[step];
  if (
    code === undefined ||
    !['TOOLBOX_FAILED', 'RESTORE_FAILED', 'ARTIFACT_CORRUPT', 'SQL_FAILED'].includes(error.code)
  )
    return error;
  const saw = [error.message, ...error.details];
  await ctx.journal.record('back.failed', { at: ctx.clock.now().toISOString(), step, saw } satisfies FailedWayBack);
  return await refusal(ctx, saw, code);
}

const OF_THE_DATA: Readonly<Record<string, 'TARGET_UNREADABLE' | 'RESTORE_FAILED'>> = {
  'back-dump': 'TARGET_UNREADABLE',
  'back-restore': 'RESTORE_FAILED',
};
