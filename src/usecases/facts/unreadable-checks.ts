import { consulChecks } from '../../plan/consul-services.js';
import type { AllocationFacts, ServiceFacts, Unusable } from '../../plan/facts.js';
import type { NomadJob } from '../../ports/nomad.js';
import type { FactsDeps } from './facts-deps.js';

/** Looks whether Consul shows the checks of the app's allocations; a job without checks there needs no Consul. */
export const unreadableChecks = async (
  { consul }: Pick<FactsDeps, 'consul'>,
  job: NomadJob | null,
  allocations: readonly AllocationFacts[],
): Promise<Pick<ServiceFacts, 'checks'>> => {
  const running = allocations.filter(({ clientStatus }) => clientStatus === 'running');
  const checked = job === null ? [] : running.filter(({ group }) => consulChecks(job, group).length > 0);
  const [first] = checked;
  if (first === undefined) return {};
  if (consul === null) return { checks: noAddress };
  const known = await consul.checks(first.id);
  return known.length === 0 ? { checks: hidden(first.id) } : {};
};

const noAddress: Unusable = {
  code: 'CONSUL_UNAVAILABLE',
  text: "the app's checks are with Consul, and its address is not known: nobody could tell whether the app is healthy after the move",
  next: 'export CONSUL_HTTP_ADDR=<host>:<port>',
};

// Consul answers a token without rights as if there were nothing.
const hidden = (alloc: string): Unusable => ({
  code: 'CONSUL_DENIED',
  text: `Consul shows none of the checks of allocation ${alloc.slice(0, 8)}`,
  next: 'set a CONSUL_HTTP_TOKEN that may read services and nodes (docs/permissions.md)',
});
