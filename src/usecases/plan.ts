import { journalToReadOnly } from '../pipeline/journal-store.js';
import type { Proof } from '../pipeline/proof.js';
import { buildPlan } from '../plan/build-plan.js';
import type { Plan, ServicePlan } from '../plan/types.js';
import { collectAllFacts } from './collect-facts.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';
import { wayBackText } from './proof-text.js';

/** Reads the cluster and decides; changes nothing. Without a name: every service, in order of priority. */
export async function planServices(deps: UseCaseDeps, name?: string): Promise<Plan> {
  const services = name === undefined ? deps.inventory.services : [requireService(deps, name)];
  const plan = buildPlan(deps.inventory, await collectAllFacts(deps, services));
  return { ...plan, services: await Promise.all(plan.services.map((service) => withProof(deps, service))) };
}

/** While its move can still be undone, a service shows how the way back was last proven. */
async function withProof(deps: UseCaseDeps, plan: ServicePlan): Promise<ServicePlan> {
  if (plan.state !== 'done') return plan;
  const journal = await journalToReadOnly(deps.nomad, plan.service);
  if (journal.current?.phase !== 'migrated') return plan;
  const proof = journal.fact<Proof>('proof');
  const finding = {
    level: 'info',
    code: 'WAY_BACK',
    text: wayBackText(proof, deps.clock.now()).replace(/\.$/, ''),
    next: `dbctl rollback ${plan.service} --prove`,
  } as const;
  return { ...plan, findings: [...plan.findings, finding] };
}
