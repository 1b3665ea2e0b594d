import { buildPlan } from '../plan/build-plan.js';
import type { Plan } from '../plan/types.js';
import { collectAllFacts } from './collect-facts.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';

/** Reads the cluster and decides; changes nothing. Without a name: every service, in order of priority. */
export async function planServices(deps: UseCaseDeps, name?: string): Promise<Plan> {
  const services = name === undefined ? deps.inventory.services : [requireService(deps, name)];
  return buildPlan(deps.inventory, await collectAllFacts(deps, services));
}
