import type { DbctlError } from '../errors/dbctl-error.js';
import type { MoveContext, RunContext } from '../pipeline/context.js';
import type { Phase } from '../pipeline/journal.js';
import { type JournalHandle, withJournal } from '../pipeline/journal-store.js';
import { keepingToken } from '../pipeline/keep-token.js';
import { checkedFirst } from '../pipeline/lease.js';
import { type ContextFor, type PipelineResult, requireJournal, runSteps, undoSteps } from '../pipeline/run.js';
import type { Step } from '../pipeline/step.js';
import { renderToolsJob } from '../render/index.js';
import type { StepResult } from '../report/report.js';
import type { Secret } from '../shared/secret.js';
import type { UseCaseDeps } from './deps.js';
import { type PreparedRun, requireService } from './prepared-run.js';

/** A pipeline with its journal open. */
export interface OpenRun {
  readonly deps: UseCaseDeps;
  readonly journal: JournalHandle;
  readonly signal: AbortSignal;
}

export interface MoveRun<C extends RunContext = MoveContext> {
  readonly contextFor: ContextFor<C>;
  readonly notes: string[];
}

export function withRun<T>(deps: UseCaseDeps, service: string, use: (open: OpenRun) => Promise<T>): Promise<T> {
  const store = { ...deps.store, nomad: deps.nomad, files: deps.files, clock: deps.clock };
  return withJournal(store, service, deps.signal, (journal, signal, held) =>
    keepingToken(deps, () => use({ deps: { ...deps, ...whileHeld(deps, held) }, journal, signal })),
  );
}

/** Nothing is changed by a run that has lost its lock: another may be at work on the same service. */
const whileHeld = (
  { nomad, sql, vault }: UseCaseDeps,
  held: () => Promise<void>,
): Pick<UseCaseDeps, 'nomad' | 'sql' | 'vault'> => ({
  nomad: checkedFirst(nomad, held, [
    'registerJob',
    'purgeJob',
    'exec',
    'createHostVolume',
    'deleteHostVolume',
    'writePlain',
  ]),
  sql: checkedFirst(sql, held, ['run']),
  vault: checkedFirst(vault, held, ['write']),
});

/** Ties the ports, the prepared texts and the open journal into the context of each step. */
export function moveRun({ deps, journal, signal }: OpenRun, prepared: PreparedRun, rehearses = false): MoveRun {
  const notes: string[] = [];
  const secrets = new Map<string, Secret>();
  const service = requireService(deps, prepared.plan.service);
  const contextFor = (stepId: string): MoveContext => ({
    nomad: deps.nomad,
    consul: deps.consul,
    vault: deps.vault,
    sql: deps.sql,
    files: deps.files,
    clock: deps.clock,
    newSecret: deps.newSecret,
    randomBytes: deps.randomBytes,
    ...prepared,
    signal,
    service,
    journal,
    secrets,
    rehearses,
    resume: `dbctl migrate ${prepared.plan.service} --resume`,
    toolsJob: renderToolsJob,
    evidenceDir: `${deps.home}/migrations-plan/${prepared.plan.service}/${prepared.run}`,
    progress: (text, done, total) =>
      deps.reporter.emit({
        kind: 'step-progress',
        id: stepId,
        text,
        ...(done === undefined ? {} : { done }),
        ...(total === undefined ? {} : { total }),
      }),
    note: (text) => {
      notes.push(text);
      deps.reporter.emit({ kind: 'note', level: 'warn', text });
    },
  });
  return { contextFor, notes };
}

export interface PipelineOptions<C extends RunContext = MoveContext> {
  readonly title: string;
  readonly steps: readonly Step<C>[];
  readonly during: Phase;
  readonly after: Phase;
}

/** Journals the phase, runs the steps, journals the end phase when all went well. */
export async function runPipeline<C extends RunContext>(
  open: OpenRun,
  move: MoveRun<C>,
  options: PipelineOptions<C>,
): Promise<PipelineResult> {
  const ctx = move.contextFor('');
  const steps = options.steps.map(({ id, title }) => ({ id, title }));
  open.deps.reporter.emit({ kind: 'run-started', title: options.title, run: ctx.run, steps });
  if (requireJournal(ctx).phase !== options.during) await setPhase(ctx, options.during);
  const result = await runSteps(options.steps, move.contextFor, open.deps.reporter);
  if (!result.failed) await setPhase(ctx, options.after);
  open.deps.reporter.emit({ kind: 'run-finished', ok: !result.failed });
  return result;
}

/** Undoes started steps; on success the journal says `after`. An undo that fails is returned as the error to show. */
export async function undoPipeline<C extends RunContext>(
  open: OpenRun,
  move: MoveRun<C>,
  options: { steps: readonly Step<C>[]; during?: Phase; after: Phase },
): Promise<{ results: StepResult[]; error?: DbctlError }> {
  const ctx = move.contextFor('undo');
  if (options.during) await setPhase(ctx, options.during);
  try {
    const results = await undoSteps(options.steps, move.contextFor, open.deps.reporter);
    await setPhase(ctx, options.after);
    return { results };
  } catch (cause) {
    return { results: [], error: cause as DbctlError };
  }
}

export async function setPhase(ctx: RunContext, phase: Phase): Promise<void> {
  await ctx.journal.save({ ...requireJournal(ctx), phase });
}
