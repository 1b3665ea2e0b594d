import { DbctlError } from '../errors/dbctl-error.js';
import type { Clock } from '../ports/clock.js';
import type { Allocation, Evaluation, NomadPort, TaskState } from '../ports/nomad.js';

/** Nomad places in well under a second; a volume or a port that another task has just left is free some seconds later. */
const UNPLACED_MS = 20_000;

export interface WaitAllocOptions {
  readonly jobId: string;
  /** What is waited for, for the error text. */
  readonly what: string;
  readonly deadlineMs: number;
  readonly evalId?: string;
  readonly signal: AbortSignal;
  /** Allocations by id that are over and say nothing of what is waited for. */
  readonly ignore?: ReadonlySet<string>;
  /** The allocation that is ready; `undefined` keeps waiting. */
  readonly ready: (allocations: readonly Allocation[]) => Allocation | undefined;
}

type Deps = { readonly nomad: NomadPort; readonly clock: Clock };

/**
 * Waits with Nomad's blocking queries until `ready` answers. Throws NOMAD_UNPLACED with the scheduler's reasons,
 * NOMAD_ALLOC_FAILED with the failed task's events, or NOMAD_ALLOC_FAILED at the deadline with what was last seen.
 */
export async function waitAlloc(deps: Deps, options: WaitAllocOptions): Promise<Allocation> {
  const until = deps.clock.monotonic() + options.deadlineMs;
  let index = 0;
  for (;;) {
    options.signal.throwIfAborted();
    const left = until - deps.clock.monotonic();
    const seen = await deps.nomad.watchAllocations(
      options.jobId,
      index,
      Math.max(1, Math.min(left, 2_000)),
      options.signal,
    );
    index = seen.index;
    const allocations = seen.allocations.filter(({ ID }) => !options.ignore?.has(ID));
    const ready = options.ready(allocations);
    if (ready) return ready;
    const failed = allocations.find(
      (alloc) =>
        alloc.DesiredStatus === 'run' && (alloc.ClientStatus === 'failed' || alloc.ClientStatus === 'complete'),
    );
    if (failed) throw allocFailed(options.what, failed);
    const waited = options.deadlineMs - left;
    if (waited > UNPLACED_MS && !allocations.some(isLeaving)) await requirePlaced(deps, options, allocations);
    if (left <= 0) throw await gaveUp(deps, options, allocations);
  }
}

/** On its way out: what it holds, a volume or a port, may be free in a moment. */
const isLeaving = (alloc: Allocation): boolean => alloc.DesiredStatus !== 'run' && !isTerminal(alloc);

/** The scheduler's reasons while nothing of the job could be placed; its evaluation is "complete" all the same. */
function unplacedError(options: WaitAllocOptions, evaluation: Evaluation | undefined): DbctlError | undefined {
  const reasons = Object.entries(evaluation?.FailedTGAllocs ?? {}).map(
    ([group, why]) => `${group}: ${JSON.stringify(why)}`,
  );
  if (reasons.length === 0) return undefined;
  return new DbctlError('NOMAD_UNPLACED', `Nomad cannot place ${options.what}`, {
    where: `job ${options.jobId}`,
    details: reasons,
    next: `nomad job status ${options.jobId}`,
  });
}

const evaluationOf = async (deps: Deps, { evalId }: WaitAllocOptions): Promise<Evaluation | undefined> =>
  evalId ? await deps.nomad.evaluation(evalId) : undefined;

/** What could not be placed at first may have been placed since: then an allocation is younger than the evaluation. */
async function requirePlaced(deps: Deps, options: WaitAllocOptions, seen: readonly Allocation[]): Promise<void> {
  const evaluation = await evaluationOf(deps, options);
  const since = evaluation?.CreateIndex ?? 0;
  const unplaced = seen.some((alloc) => alloc.CreateIndex > since) ? undefined : unplacedError(options, evaluation);
  if (unplaced) throw unplaced;
}

async function gaveUp(deps: Deps, options: WaitAllocOptions, allocations: readonly Allocation[]): Promise<DbctlError> {
  const unplaced = unplacedError(options, await evaluationOf(deps, options));
  if (unplaced) return unplaced;
  const newest = [...allocations].sort((a, b) => b.CreateIndex - a.CreateIndex)[0];
  return new DbctlError('NOMAD_ALLOC_FAILED', `${options.what} was not ready within ${options.deadlineMs / 1000} s`, {
    where: `job ${options.jobId}`,
    details: newest ? describe(newest) : ['no allocation'],
    next: `nomad job status ${options.jobId}`,
  });
}

const allocFailed = (what: string, alloc: Allocation): DbctlError =>
  new DbctlError('NOMAD_ALLOC_FAILED', `${what}: the allocation ended`, {
    where: `allocation ${alloc.ID}`,
    details: describe(alloc),
    next: `nomad alloc status ${alloc.ID}`,
  });

/** One line per task: its state and what Nomad last said of it. */
export function describe(alloc: Allocation): string[] {
  return Object.entries(alloc.TaskStates ?? {}).map(([task, state]) => {
    const last = state.Events.slice(-3).map((event) => event.DisplayMessage || event.Type);
    return `${task} ${state.State}${state.Failed ? ' (failed)' : ''}: ${last.join('; ')}`;
  });
}

export const taskState = (alloc: Allocation, task: string): TaskState | undefined => alloc.TaskStates?.[task];

export const isTerminal = (alloc: Allocation): boolean =>
  alloc.ClientStatus === 'complete' || alloc.ClientStatus === 'failed' || alloc.ClientStatus === 'lost';

/** A task could not even be started: its image cannot be had, or the driver refuses its settings. */
export const driverFailed = (alloc: Allocation): boolean =>
  Object.values(alloc.TaskStates ?? {}).some(({ Events }) => Events.some(({ Type }) => Type === 'Driver Failure'));

/** Postgres and toolbox run and the init task has ended well: the database part is usable. */
export const databaseReady = (
  alloc: Allocation,
  names: { task: string; toolbox: string; initTask: string },
): boolean => {
  const init = taskState(alloc, names.initTask);
  return (
    taskState(alloc, names.task)?.State === 'running' &&
    taskState(alloc, names.toolbox)?.State === 'running' &&
    init?.State === 'dead' &&
    !init.Failed
  );
};

/** Unix milliseconds of the last event of that type, for the downtime's start. */
export function eventTime(state: TaskState | undefined, type: string): number | undefined {
  const event = [...(state?.Events ?? [])].reverse().find((event) => event.Type === type);
  return event && Math.round(event.Time / 1e6);
}
