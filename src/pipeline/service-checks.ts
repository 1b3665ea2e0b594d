import { DbctlError } from '../errors/dbctl-error.js';
import { consulChecks } from '../plan/consul-services.js';
import type { ConsulPort } from '../ports/consul.js';
import type { NomadPort } from '../ports/nomad.js';
import { together } from '../shared/together.js';

interface Checked {
  readonly service: string;
  readonly check: string;
  readonly status: 'success' | 'failure' | 'pending';
}

/**
 * Checks of an allocation of the job as it is registered now, whoever keeps them. One that Consul should know and does
 * not is pending: silence must never pass for health. Throws CONSUL_UNAVAILABLE, CONSUL_DENIED.
 */
export async function serviceChecks(
  { nomad, consul }: { readonly nomad: NomadPort; readonly consul: ConsulPort | null },
  alloc: { readonly ID: string; readonly TaskGroup: string; readonly JobID: string },
): Promise<Checked[]> {
  const [own, job] = await together([nomad.checks(alloc.ID), nomad.job(alloc.JobID)]);
  const expected = job === undefined ? [] : consulChecks(job, alloc.TaskGroup);
  if (expected.length === 0) return own;
  if (consul === null)
    throw new DbctlError('CONSUL_UNAVAILABLE', 'the checks of the job are with Consul, and its address is not known', {
      where: `job ${alloc.JobID}`,
      next: 'export CONSUL_HTTP_ADDR=<host>:<port>',
    });
  const known = await consul.checks(alloc.ID);
  const count = (service: string, all: readonly { readonly service: string }[]): number =>
    all.filter((check) => check.service === service).length;
  const missing = [...new Set(expected.map(({ service }) => service))]
    .filter((service) => count(service, known) < count(service, expected))
    .map((service): Checked => ({ service, check: 'Consul shows fewer checks than the job has', status: 'pending' }));
  return [...own, ...known, ...missing];
}
