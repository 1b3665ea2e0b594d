import { DbctlError } from '../../errors/dbctl-error.js';
import { isInConsul } from '../../plan/consul-services.js';
import type { NomadJob } from '../../ports/nomad.js';
import type { UseCaseDeps } from '../deps.js';

/** Where the shared instance is registered: with Nomad, else with Consul if its job says so; `undefined` = nowhere. */
export const registeredAddress = async (
  deps: Pick<UseCaseDeps, 'nomad' | 'consul' | 'inventory'>,
  jobs: readonly NomadJob[],
): Promise<{ readonly host: string; readonly port: number } | undefined> => {
  const { job, service } = deps.inventory.shared;
  const [instance] = await deps.nomad.service(service);
  if (instance !== undefined) return { host: instance.Address, port: instance.Port };
  const found = jobs.find(({ ID }) => ID === job);
  if (!isInConsul(found, service)) return undefined;
  if (deps.consul === null)
    throw new DbctlError(
      'CONSUL_UNAVAILABLE',
      'the shared instance is registered with Consul, whose address is not known',
      {
        where: `job ${job}, service ${service}`,
        next: 'export CONSUL_HTTP_ADDR=<host>:<port>',
      },
    );
  const [first] = await deps.consul.service(service);
  return first && { host: first.address, port: first.port };
};
