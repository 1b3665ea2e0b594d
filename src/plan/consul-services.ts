import type { NomadJob } from '../ports/nomad.js';
import { asksFor } from './locate.js';
import { serviceName } from './names.js';

interface JobService {
  readonly Name: string;
  readonly Provider?: string;
  readonly Checks?: readonly { readonly Name?: string }[] | null;
}

/** Every service of the job, of groups and of tasks that stay. */
const servicesOf = (job: NomadJob, group?: string): JobService[] =>
  job.TaskGroups.filter(({ Name }) => group === undefined || Name === group).flatMap(({ Services, Tasks }) => [
    ...((Services ?? []) as JobService[]),
    ...Tasks.filter(({ Lifecycle }) => Lifecycle == null || Lifecycle.Sidecar).flatMap(
      (task) => (task['Services'] ?? []) as JobService[],
    ),
  ]);

const isConsuls = ({ Provider }: JobService): boolean => Provider === 'consul';

/** Whether the job registers the service with Consul. */
export const isInConsul = (job: NomadJob | undefined, service: string): boolean =>
  job !== undefined && servicesOf(job).some((own) => own.Name === service && isConsuls(own));

/** The checks of the group's services that only Consul knows of. */
export const consulChecks = (job: NomadJob, group: string): { readonly service: string }[] =>
  servicesOf(job, group)
    .filter(isConsuls)
    .flatMap(({ Name, Checks }) => (Checks ?? []).map(() => ({ service: Name })));

/**
 * Who the app's database is registered with: as it is already, else the catalogue that the app asks, else the one that
 * its own services are in.
 */
export function providerFor(job: NomadJob, service: string, shared: string): 'nomad' | 'consul' {
  const all = servicesOf(job);
  const own = all.find(({ Name }) => Name === serviceName(service));
  if (own !== undefined) return isConsuls(own) ? 'consul' : 'nomad';
  return asksFor(job, shared) ?? (all.length > 0 && all.every(isConsuls) ? 'consul' : 'nomad');
}
