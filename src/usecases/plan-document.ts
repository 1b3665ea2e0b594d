import { MIGRATE_STEPS } from '../pipeline/steps/index.js';
import type { Plan } from '../plan/types.js';

/** One line of a run that has not begun. */
interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly status: 'planned';
  readonly seconds: 0;
  readonly evidence: Readonly<Record<string, never>>;
}

/** A plan with the keys of a report, so that one reader serves plan, migrate, rollback and finalize. */
export interface PlanDocument extends Plan {
  /** `null` for a plan of several services. */
  readonly service: string | null;
  readonly run: null;
  readonly status: 'ok' | 'nothing-to-do' | 'blocked';
  readonly downtimeSeconds: null;
  readonly steps: readonly PlannedStep[];
  readonly evidence: null;
}

export function planDocument(plan: Plan): PlanDocument {
  const [only, second] = plan.services;
  const states = new Set(plan.services.map((service) => service.state));
  const status = states.has('blocked') ? 'blocked' : states.has('migrate') ? 'ok' : 'nothing-to-do';
  const steps = MIGRATE_STEPS.map(
    ({ id, title }): PlannedStep => ({ id, title, status: 'planned', seconds: 0, evidence: {} }),
  );
  return {
    ...plan,
    service: only && !second ? only.service : null,
    run: null,
    status,
    downtimeSeconds: null,
    steps,
    evidence: null,
  };
}
