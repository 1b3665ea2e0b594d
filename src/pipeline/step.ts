import type { ServicePlan } from '../plan/types.js';
import type { MoveContext, RunContext } from './context.js';

/** What a look at the live system says about a step. `done` needs no run. */
export type Inspection = { readonly kind: 'done'; readonly summary: string } | { readonly kind: 'pending' };

export interface StepOutcome {
  readonly summary: string;
  readonly evidence?: Readonly<Record<string, unknown>>;
}

/**
 * One step of a move. The runner journals the intent before `run` and the outcome after it, holds the lock and keeps time.
 * `run` must be repeatable: it may have been cut anywhere, and runs again on resume.
 * `undo` restores what `run` changed, also after half a run, and is repeatable too.
 * The journal is a hint; `inspect` reads the live system and wins.
 */
export interface Step<C extends RunContext = MoveContext> {
  readonly id: string;
  readonly title: string;
  /** Plans that have such a step; absent: all. */
  when?(plan: ServicePlan): boolean;
  inspect?(ctx: C): Promise<Inspection>;
  run(ctx: C): Promise<StepOutcome>;
  undo?(ctx: C): Promise<void>;
}
