import pLimit from 'p-limit';
import { isOwnJob } from '../../plan/discover/looks.js';
import type { Instance, Spot } from '../../plan/discover/types.js';
import { allocationFacts, allocationPorts, isLive } from '../../plan/node-json.js';
import type { ConsulPort } from '../../ports/consul.js';
import type { NomadJob, NomadPort } from '../../ports/nomad.js';
import type { Gaps } from './gaps.js';

/** How many questions are open at a time: a small cluster has to serve its apps meanwhile. */
export const AT_ONCE = 6;

interface Deps {
  readonly nomad: Pick<NomadPort, 'listJobs' | 'job' | 'allocations' | 'allocation' | 'service'>;
  readonly consul: Pick<ConsulPort, 'service'> | null;
}

/** Jobs that are not stopped, dbctl's throwaway ones and the children of periodic ones left out. Throws when Nomad lists none. */
export async function runningJobs({ nomad }: Deps, gaps: Gaps): Promise<NomadJob[]> {
  const limit = pLimit(AT_ONCE);
  const listed = (await nomad.listJobs()).filter(({ ID, Stop }) => !Stop && !isOwnJob(ID));
  const jobs = await Promise.all(listed.map(({ ID }) => limit(() => gaps.around(`job ${ID}`, () => nomad.job(ID)))));
  return jobs.filter((job) => job !== undefined).filter((job) => !job['ParentID']);
}

/** Where the jobs' allocations run now. */
export async function spotsOf({ nomad }: Deps, jobs: readonly string[], gaps: Gaps): Promise<Spot[]> {
  const limit = pLimit(AT_ONCE);
  const read = async (job: string): Promise<Spot[]> => {
    const running = (await nomad.allocations(job)).filter((one) => isLive(one) && one.ClientStatus === 'running');
    const full = await Promise.all(running.map(({ ID }) => nomad.allocation(ID)));
    return full
      .filter((one) => one !== undefined)
      .map((one) => {
        const { id, group, nodeId, nodeName, address } = allocationFacts(one);
        return { allocId: id, job, ...{ group, nodeId, nodeName, address }, ports: portsOf(one) };
      });
  };
  const found = await Promise.all(
    jobs.map((job) => limit(() => gaps.around(`allocations of job ${job}`, () => read(job)))),
  );
  return found.flatMap((spots) => spots ?? []);
}

const portsOf = (allocation: Parameters<typeof allocationPorts>[0]): number[] => [
  ...new Set(allocationPorts(allocation).map(({ port }) => port)),
];

interface Registered {
  readonly Name: string;
  readonly Provider?: string;
}

/** Instances of the services that the groups register, by the catalogue each is in. */
export async function instancesOf(
  { nomad, consul }: Deps,
  jobs: readonly NomadJob[],
  groups: readonly { readonly job: string; readonly group: string }[],
  gaps: Gaps,
): Promise<Instance[]> {
  const limit = pLimit(AT_ONCE);
  const asked = new Map(registeredBy(jobs, groups).map((service) => [service.Name, service]));
  const found = await Promise.all(
    [...asked.values()].map(({ Name, Provider }) =>
      limit(() =>
        gaps.around(`service ${Name}`, async (): Promise<Instance[]> => {
          if (Provider === 'nomad')
            return (await nomad.service(Name)).map(({ Address, Port }) => ({
              service: Name,
              address: Address,
              port: Port,
            }));
          return ((await consul?.service(Name)) ?? []).map(({ address, port }) => ({ service: Name, address, port }));
        }),
      ),
    ),
  );
  if (consul === null && [...asked.values()].some(({ Provider }) => Provider !== 'nomad'))
    gaps.all.push({
      source: 'Consul',
      why: 'jobs register services there, and its address is not known: CONSUL_HTTP_ADDR',
    });
  return found.flatMap((instances) => instances ?? []);
}

/** Without a provider it is Consul: so does Nomad read a jobspec. */
const registeredBy = (
  jobs: readonly NomadJob[],
  groups: readonly { readonly job: string; readonly group: string }[],
): Registered[] =>
  jobs.flatMap((job) =>
    job.TaskGroups.filter(({ Name }) => groups.some(({ job: id, group }) => id === job.ID && group === Name)).flatMap(
      ({ Services, Tasks }) => [
        ...((Services ?? []) as Registered[]),
        ...Tasks.flatMap((task) => (task['Services'] ?? []) as Registered[]),
      ],
    ),
  );
