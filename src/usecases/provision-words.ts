import type { ProvisionPlan } from '../plan/provision/types.js';

/** The service's own backup fills it. */
export const isRebuild = ({ service, fill }: ProvisionPlan): boolean => fill?.from === service;

export const provisionTitle = (plan: ProvisionPlan): string => {
  if (plan.fill === undefined) return `Provision ${plan.service}`;
  const { set, from } = plan.fill;
  return isRebuild(plan) ? `Rebuild ${from} from ${set}` : `Provision ${plan.service} from ${set} of ${from}`;
};

/** What the operator is asked before the first effect; `near`: a known service whose name is so like that this may be a slip. */
export function provisionQuestion(plan: ProvisionPlan, near: string | null): string {
  const typo = near === null ? '' : `${plan.service} is not in the inventory: did you mean ${near}? If it is new: `;
  const restart = plan.restartShared ? ` Job ${plan.shared.job} is restarted for everybody.` : '';
  const where = plan.kind === 'shared' ? `on the shared instance (job ${plan.shared.job})` : `in job ${plan.job.id}`;
  const { fill } = plan;
  const as = fill?.started ? `, as of ${fill.started}` : '';
  const content = fill
    ? ` It gets what backup ${fill.set} of ${fill.from} holds${as}; ${fill.from} is not touched.`
    : '';
  return `${typo}Make a new database for ${plan.service} ${where}.${content}${restart}`;
}
