import { DbctlError } from '../errors/dbctl-error.js';
import { afterFailure } from '../pipeline/after-failure.js';
import { entryOf, hasOwnDatabase, isUnfinished, type Journal, newJournal, verbOf } from '../pipeline/journal.js';
import type { PipelineResult } from '../pipeline/run.js';
import { MIGRATE_STEPS, REHEARSE_STEPS } from '../pipeline/steps/index.js';
import { plannedPort } from '../plan/build-plan.js';
import { partShape } from '../plan/part-shape.js';
import type { MigrateReport, RehearsalReport } from '../report/migrate-report.js';
import { databasesText } from './databases-text.js';
import type { UseCaseDeps } from './deps.js';
import { loadEvidence, saveReport } from './evidence-files.js';
import { moveReport } from './move-report.js';
import { PORTS_FACT, requireOwnPorts } from './port-claims.js';
import { prepareMove } from './prepare-move.js';
import { loadPrepared, type PreparedRun, requireService, savePrepared } from './prepared-run.js';
import { rollBackOpenRun } from './rollback.js';
import { type MoveRun, moveRun, type OpenRun, runPipeline, undoPipeline, withRun } from './run-move.js';
import { textsFor } from './run-texts.js';

export interface MigrateInput {
  readonly service: string;
  /** `auto`: rehearse unless a green one is younger than a day. `only`: stop after the rehearsal. */
  readonly rehearse: 'auto' | 'only' | 'skip';
  readonly resume: boolean;
  /** Undo an interrupted run and begin anew. */
  readonly restart: boolean;
  readonly maxDowntimeSeconds?: number | undefined;
  /** Rejects when the operator declines. Called before the first effect. */
  readonly confirm: (question: string) => Promise<void>;
}

const DAY_MS = 24 * 3600 * 1000;

/** Moves a service to its own database. Repeating a finished move reports nothing to do. Failures are in the report. */
export function migrate(deps: UseCaseDeps, input: MigrateInput): Promise<MigrateReport> {
  requireService(deps, input.service);
  return withRun(deps, input.service, async (open) => {
    const journal = open.journal.current;
    if (journal && isUnfinished(journal.phase)) return await resume(open, input, journal);
    if (journal && hasOwnDatabase(journal.phase)) return nothingToDo(open, journal);
    return await begin(open, input, journal);
  });
}

/** The service has a database of its own already. */
function nothingToDo(open: OpenRun, journal: Journal): MigrateReport {
  const { service, run, phase } = journal;
  const undo = phase === 'migrated' ? { undo: `dbctl rollback ${service}` } : {};
  return moveReport({
    kind: 'migrate',
    service,
    run,
    status: 'nothing-to-do',
    journal: open.journal,
    notes: [`already ${phase}`],
    ...undo,
  });
}

async function begin(open: OpenRun, input: MigrateInput, previous: Journal | undefined): Promise<MigrateReport> {
  const { deps } = open;
  const prepared = await prepareMove(deps, input.service, previous);
  await input.confirm(question(prepared, input));
  await savePrepared(deps, prepared);
  await open.journal.save(freshJournal(deps, prepared, previous), textsFor(prepared));
  await requireOwnPorts(open, plannedPort(prepared.plan));
  return await drive(open, prepared, input);
}

/** What outlives a run: closed databases still waiting for finalize, the last rehearsal, the data volume that dbctl made. */
const CARRIED: ReadonlySet<string> = new Set(['leftovers', 'rehearsal', 'dataVolume']);

function freshJournal(deps: UseCaseDeps, prepared: PreparedRun, previous: Journal | undefined): Journal {
  const fresh = newJournal(prepared.plan.service, prepared.run, deps.clock.now());
  const carried = Object.entries(previous?.facts ?? {}).filter(([key]) => CARRIED.has(key));
  const ports = plannedPort(prepared.plan).map((use) => ({ ...use }));
  return { ...fresh, facts: { ...Object.fromEntries(carried), [PORTS_FACT]: ports } };
}

async function resume(open: OpenRun, input: MigrateInput, journal: Journal): Promise<MigrateReport> {
  const { run, phase, service } = journal;
  const verb = verbOf(phase);
  if (verb !== 'migrate') {
    throw new DbctlError('RUN_UNFINISHED', `run ${run} is in the middle of a ${verb}`, {
      next: `dbctl ${verb} ${service} --resume`,
    });
  }
  if (input.restart) return await restart(open, input, journal);
  // A rehearsal ends as `undone`: true only of a run that has not stopped the app.
  if (!input.resume || (input.rehearse === 'only' && entryOf(journal, 'gate-in'))) {
    throw new DbctlError('RUN_UNFINISHED', `run ${run} was interrupted (${phase})`, {
      where: `service ${service}`,
      details: journal.steps.map((step) => `${step.id}: ${step.state}`),
      next: `dbctl migrate ${service} --resume (go on) or --restart (undo, then begin anew)`,
    });
  }
  const prepared = await loadPrepared(open, service, run);
  if (phase === 'undoing') return await undo(open, moveRun(open, prepared), prepared, { results: [] });
  // The operator confirmed a rehearsal then: resuming it must not become the move.
  const only = open.journal.fact<boolean>('only') === true;
  return await drive(open, prepared, only ? { ...input, rehearse: 'only' } : input);
}

/** Only while the app was never let in: afterwards rows may exist on the target alone. */
async function restart(open: OpenRun, input: MigrateInput, journal: Journal): Promise<MigrateReport> {
  if (afterFailure('PREFLIGHT_FAILED', journal) !== 'undo') {
    const next = `dbctl migrate ${journal.service} --resume, then dbctl rollback ${journal.service}`;
    throw new DbctlError('RUN_UNFINISHED', 'the app was let in already, so this run cannot simply begin anew', {
      where: `run ${journal.run}`,
      next,
    });
  }
  const prepared = await loadPrepared(open, journal.service, journal.run);
  const report = await undo(open, moveRun(open, prepared), prepared, { results: [] });
  return report.error ? report : await begin(open, input, open.journal.current);
}

async function drive(open: OpenRun, prepared: PreparedRun, input: MigrateInput): Promise<MigrateReport> {
  const rehearses = input.rehearse === 'only' || wantsRehearsal(open, prepared, input);
  if (open.journal.fact('only') === undefined) await open.journal.record('only', input.rehearse === 'only');
  const move = moveRun(open, prepared, rehearses);
  const { service } = prepared.plan;
  if (input.maxDowntimeSeconds !== undefined) await open.journal.record('maxDowntimeSeconds', input.maxDowntimeSeconds);
  const steps =
    input.rehearse === 'only'
      ? REHEARSE_STEPS
      : MIGRATE_STEPS.filter((step) => (step.id !== 'rehearse' || rehearses) && (step.when?.(prepared.plan) ?? true));
  const title = input.rehearse === 'only' ? `Rehearse the move of ${service}` : `Move ${service} to its own PostgreSQL`;
  const after = input.rehearse === 'only' ? 'undoing' : 'migrated';
  const result = await runPipeline(open, move, { title, steps, during: 'migrating', after });
  if (result.failed) return await failed(open, move, prepared, result, result.failed.error);
  // Volume and role were made for a move that is not coming.
  const left = input.rehearse === 'only' ? await undoPipeline(open, move, { steps, after: 'undone' }) : undefined;
  if (left?.error) return await failed(open, move, prepared, result, left.error);
  return await finished(open, move, prepared, result, input.rehearse === 'only');
}

/** Never once the app was stopped: a resumed run goes on. One that was over today's budget is measured anew, not believed. */
function wantsRehearsal(open: OpenRun, prepared: PreparedRun, input: MigrateInput): boolean {
  const { current } = open.journal;
  if (input.rehearse === 'skip' || (current && entryOf(current, 'gate-in'))) return false;
  const last = open.journal.fact<RehearsalReport>('rehearsal');
  // Measured in another shape of the task (network, image, driver) it says nothing about this one.
  if (!last?.match || last.shape !== partShape(prepared.plan.target)) return true;
  if (open.deps.clock.now().getTime() - Date.parse(last.finishedAt) > DAY_MS) return true;
  const budget = input.maxDowntimeSeconds ?? requireService(open.deps, input.service).migrate.maxDowntimeSeconds;
  return budget !== null && last.predictedDowntimeSeconds > budget;
}

async function finished(
  open: OpenRun,
  move: MoveRun,
  prepared: PreparedRun,
  result: PipelineResult,
  rehearsed: boolean,
): Promise<MigrateReport> {
  const { service } = prepared.plan;
  const evidence = await loadEvidence(open.deps, move);
  const undo = rehearsed ? {} : { undo: `dbctl rollback ${service}` };
  const base = { kind: 'migrate', service, run: prepared.run, journal: open.journal, notes: move.notes } as const;
  return await saveReport(
    open.deps,
    move,
    moveReport({ ...base, status: 'ok', steps: result.results, evidence, ...undo }),
  );
}

async function failed(
  open: OpenRun,
  move: MoveRun,
  prepared: PreparedRun,
  result: PipelineResult,
  error: DbctlError,
): Promise<MigrateReport> {
  const { service } = prepared.plan;
  const journal = open.journal.current;
  const next = journal ? afterFailure(error.code, journal) : 'resume';
  if (next === 'undo') return await undo(open, move, prepared, { ...result, error });
  if (next === 'rollback') return await rollBackOpenRun(open, move, prepared, { ...result, error });
  const notes = [...move.notes, `the state is kept: dbctl migrate ${service} --resume`];
  return moveReport({
    kind: 'migrate',
    service,
    run: prepared.run,
    status: 'failed',
    journal: open.journal,
    steps: result.results,
    notes,
    error,
  });
}

async function undo(
  open: OpenRun,
  move: MoveRun,
  prepared: PreparedRun,
  before: PipelineResult & { readonly error?: DbctlError },
): Promise<MigrateReport> {
  const undone = await undoPipeline(open, move, { steps: MIGRATE_STEPS, during: 'undoing', after: 'undone' });
  const error = undone.error ?? before.error;
  const report = moveReport({
    kind: 'migrate',
    service: prepared.plan.service,
    run: prepared.run,
    status: undone.error ? 'failed' : 'undone',
    journal: open.journal,
    steps: [...before.results, ...undone.results],
    notes: move.notes,
    ...(error ? { error } : {}),
  });
  return await saveReport(open.deps, move, report);
}

function question({ plan }: PreparedRun, input: MigrateInput): string {
  if (input.rehearse === 'only') return `Rehearse the move of ${plan.service}? The app keeps running.`;
  return `Move ${plan.service}: ${databasesText(plan)} leaves job ${plan.source.job}; the app is down for a few seconds.`;
}
