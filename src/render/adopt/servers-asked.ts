import type { NomadJob } from '../../ports/nomad.js';
import type { SeenAddress } from './database-address.js';
import type { SeenServer } from './engines.js';

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[?::1\]?|\/\S*)$/;

/** Does that address lead to a server that the same file runs? */
export function isOwnServer(
  job: NomadJob,
  servers: readonly SeenServer[],
  { host = '', service, origins }: SeenAddress,
): boolean {
  if (servers.length === 0) return false;
  if (service !== undefined) return registered(job).includes(service);
  return (
    LOOPBACK.test(host) ||
    origins.some(({ kind, name = '' }) => kind === 'consul-connect' && throughProxy(job, name)) ||
    origins.some(({ kind, name = '' }) => kind === 'nomad-env' && ownPort(job, servers, name)) ||
    servers.some(({ task }) => task === host)
  );
}

const registered = (job: NomadJob): string[] =>
  job.TaskGroups.flatMap(({ Services, Tasks }) => [
    ...(Services ?? []),
    ...Tasks.flatMap((task) => (task['Services'] ?? []) as { Name: string }[]),
  ]).map(({ Name }) => Name);

/** `NOMAD_UPSTREAM_ADDR_my_db` leads to `my-db`. */
const throughProxy = (job: NomadJob, name: string): boolean => {
  const asked = name.replace(/^NOMAD_UPSTREAM_[A-Z]+_/, '');
  return registered(job).some((service) => service.replaceAll(/\W/g, '_') === asked.replaceAll('-', '_'));
};

/** `NOMAD_ADDR_db`, `NOMAD_IP_postgres_db`; the node's own address leads to whatever listens there. */
const ownPort = (job: NomadJob, servers: readonly SeenServer[], name: string): boolean =>
  /^NOMAD_(?:ADDR|IP|PORT|HOST_ADDR|HOST_IP|HOST_PORT|ALLOC_ADDR|ALLOC_PORT)_/.test(name) &&
  servers.some(({ group }) => job.TaskGroups.some(({ Name }) => Name === group));
