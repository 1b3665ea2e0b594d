import type { ErrorCode } from '../errors/codes.js';
import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { Reporter } from '../ports/reporter.js';
import type { StepResult } from '../report/report.js';
import type { MoveContext, RunContext } from './context.js';
import { entryOf, type Journal, type JournalEntry, withEntry, withUndone } from './journal.js';
import type { Step, StepOutcome } from './step.js';

export interface PipelineResult {
  readonly results: readonly StepResult[];
  readonly failed?: { readonly step: string; readonly error: DbctlError };
}

/** Builds the context a step runs with; `progress` is tied to the step's id. */
export type ContextFor<C extends RunContext = MoveContext> = (stepId: string) => C;

/**
 * Runs the steps in order and stops at the first failure, which is returned, not thrown.
 * A step the journal calls done, or whose `inspect` says so, is reported as skipped.
 */
export async function runSteps<C extends RunContext>(
  steps: readonly Step<C>[],
  contextFor: ContextFor<C>,
  reporter: Reporter,
): Promise<PipelineResult> {
  const results: StepResult[] = [];
  for (const step of steps) {
    const result = await runStep(step, contextFor(step.id), reporter);
    results.push(result.result);
    if (result.error) return { results, failed: { step: step.id, error: result.error } };
  }
  return { results };
}

async function runStep<C extends RunContext>(
  step: Step<C>,
  ctx: C,
  reporter: Reporter,
): Promise<{ result: StepResult; error?: DbctlError }> {
  const started = ctx.clock.monotonic();
  reporter.emit({ kind: 'step-started', id: step.id, title: step.title });
  const finish = (status: StepResult['status'], outcome: StepOutcome): StepResult => {
    const seconds = Math.round(ctx.clock.monotonic() - started) / 1000;
    const result = {
      id: step.id,
      title: step.title,
      status,
      seconds,
      summary: outcome.summary,
      evidence: outcome.evidence ?? {},
    };
    reporter.emit({ kind: 'step-finished', result });
    return result;
  };
  try {
    ctx.signal.throwIfAborted();
    const seen = await alreadyDone(step, ctx);
    if (seen !== undefined) return { result: finish('skipped', { summary: seen }) };
    await markStarted(ctx, step.id);
    const outcome = await knowing(ctx, reporter, step.id, () => step.run(ctx));
    const seconds = Math.round(ctx.clock.monotonic() - started) / 1000;
    await mark(ctx, {
      id: step.id,
      state: 'done',
      at: ctx.clock.now().toISOString(),
      seconds,
      summary: outcome.summary,
    });
    return { result: finish('ok', outcome) };
  } catch (cause) {
    const error = asDbctlError(cause, ctx.signal, step.id);
    return { result: finish('failed', { summary: `${error.code}: ${error.message}` }), error };
  }
}

/**
 * What cannot be told of a request from the outside, but by the step itself: each begins by looking at what is there. A
 * server that crashed does not answer until it has recovered.
 */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set([
  'EXEC_LOST',
  'NOMAD_OUTCOME_UNKNOWN',
  'NOMAD_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
]);
const TRIES = 3;
const PAUSE_MS = 1_000;

/** Runs a step again, as a resumed run would, when a connection broke and nothing of it can still be at work. */
async function knowing<T>(ctx: RunContext, reporter: Reporter, id: string, run: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await run();
    } catch (error) {
      if (!isDbctlError(error) || !UNKNOWN.has(error.code) || left === 1 || ctx.signal.aborted) throw error;
      reporter.emit({ kind: 'step-progress', id, text: `${error.message}: looking again` });
      await ctx.clock.sleep(PAUSE_MS, ctx.signal);
    }
  }
}

/** `inspect` wins over the journal: it has seen the live system. */
async function alreadyDone<C extends RunContext>(step: Step<C>, ctx: C): Promise<string | undefined> {
  if (step.inspect) {
    const seen = await step.inspect(ctx);
    return seen.kind === 'done' ? seen.summary : undefined;
  }
  const entry = ctx.journal.current && entryOf(ctx.journal.current, step.id);
  return entry?.state === 'done' ? `done at ${entry.at}` : undefined;
}

/** Undoes, in reverse order, every step that has started. Throws STEP_UNDO_FAILED and stops at the first that cannot. */
export async function undoSteps<C extends RunContext>(
  steps: readonly Step<C>[],
  contextFor: ContextFor<C>,
  reporter: Reporter,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of [...steps].reverse()) {
    const ctx = contextFor(step.id);
    const entry = ctx.journal.current && entryOf(ctx.journal.current, step.id);
    if (!entry || entry.state === 'undone' || !step.undo) continue;
    results.push(await undoStep(step, step.undo.bind(step), ctx, reporter));
  }
  return results;
}

async function undoStep<C extends RunContext>(
  step: Step<C>,
  undo: (ctx: C) => Promise<void>,
  ctx: C,
  reporter: Reporter,
): Promise<StepResult> {
  const started = ctx.clock.monotonic();
  const id = `undo ${step.id}`;
  reporter.emit({ kind: 'step-started', id, title: `Undo: ${step.title}` });
  await mark(ctx, { id: step.id, state: 'undoing', at: ctx.clock.now().toISOString() });
  try {
    await knowing(ctx, reporter, id, () => undo(ctx));
  } catch (cause) {
    const error = asDbctlError(cause, ctx.signal, step.id);
    throw new DbctlError('STEP_UNDO_FAILED', `could not undo "${step.id}": ${error.message}`, {
      cause,
      where: error.where ?? step.id,
      details: error.details,
      next: ctx.resume,
    });
  }
  const entry = { id: step.id, state: 'undone', at: ctx.clock.now().toISOString() } as const;
  await ctx.journal.save(withUndone(withEntry(requireJournal(ctx), entry), step.id));
  const seconds = Math.round(ctx.clock.monotonic() - started) / 1000;
  const result = {
    id,
    title: `Undo: ${step.title}`,
    status: 'undone',
    seconds,
    summary: 'as before',
    evidence: {},
  } as const;
  reporter.emit({ kind: 'step-finished', result });
  return result;
}

/** An undo that was cut may have taken away what the step made: it counts as one. */
async function markStarted(ctx: RunContext, id: string): Promise<void> {
  const journal = requireJournal(ctx);
  const cut = entryOf(journal, id)?.state === 'undoing';
  const entry = { id, state: 'started', at: ctx.clock.now().toISOString() } as const;
  await ctx.journal.save(withEntry(cut ? withUndone(journal, id) : journal, entry));
}

async function mark(ctx: RunContext, entry: JournalEntry): Promise<void> {
  await ctx.journal.save(withEntry(requireJournal(ctx), entry));
}

export function requireJournal(ctx: RunContext): Journal {
  if (!ctx.journal.current) throw new DbctlError('INTERNAL', 'no journal is open', { where: ctx.plan.service });
  return ctx.journal.current;
}

/** Aborts keep their reason (LOCK_LOST), an operator's Ctrl-C becomes INTERRUPTED, anything unknown INTERNAL. */
export function asDbctlError(cause: unknown, signal: AbortSignal, where: string): DbctlError {
  if (signal.aborted && signal.reason instanceof DbctlError) return signal.reason;
  if (signal.aborted) return new DbctlError('INTERRUPTED', 'interrupted by the operator', { where, cause });
  if (cause instanceof DbctlError) return cause;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return new DbctlError('INTERNAL', 'unexpected error', { where, cause, details: text.split('\n').slice(0, 6) });
}
