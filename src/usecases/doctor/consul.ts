import { consulChecks, isInConsul } from '../../plan/consul-services.js';
import type { ClusterLook, ConsulReach } from '../../plan/doctor/facts.js';
import { jobsOf } from '../../plan/doctor/jobs-of.js';
import { asksFor } from '../../plan/locate.js';
import type { NomadJob } from '../../ports/nomad.js';
import type { LookDeps } from './deps.js';
import { problemOrNull } from './seen.js';

/** Consul is asked only where a job of ours uses it. */
export async function consulReach(deps: LookDeps, cluster: ClusterLook): Promise<ConsulReach> {
  const { service } = deps.inventory.shared;
  const jobs = jobsOf({ ...deps.inventory, services: deps.services }, cluster.jobs)
    .filter(({ job }) => usesConsul(job, service))
    .map(({ job }) => job.ID);
  if (jobs.length === 0) return { jobs, problem: null };
  if (deps.consul === null)
    return {
      jobs,
      problem: {
        code: 'CONSUL_UNAVAILABLE',
        text: `job ${jobs.join(', ')} uses Consul, whose address is not known`,
        next: 'export CONSUL_HTTP_ADDR=<host>:<port>',
      },
    };
  return { jobs, problem: await problemOrNull(deps.consul.service(service)) };
}

const usesConsul = (job: NomadJob, service: string): boolean =>
  isInConsul(job, service) ||
  asksFor(job, service) === 'consul' ||
  job.TaskGroups.some(({ Name }) => consulChecks(job, Name).length > 0);
