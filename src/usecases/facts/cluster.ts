import pLimit from 'p-limit';
import type { InventoryService } from '../../inventory/types.js';
import type { NodeFacts, VolumeFacts } from '../../plan/facts.js';
import { nodeFacts, nodePorts, volumeFacts } from '../../plan/node-json.js';
import type { PortUse } from '../../plan/types.js';
import type { Allocation, NomadJob } from '../../ports/nomad.js';
import { portClaims } from '../port-claims.js';
import type { FactsDeps } from './facts-deps.js';

/** What is the same for every service of one plan. */
export interface ClusterFacts {
  readonly nodes: readonly NodeFacts[];
  readonly ports: readonly PortUse[];
  readonly volumes: readonly VolumeFacts[];
  readonly csiVolumes: readonly string[];
  /** Full allocations by id; the short form of a job's list has no addresses. */
  readonly allocations: ReadonlyMap<string, Allocation>;
  readonly jobs: readonly NomadJob[];
}

const AT_ONCE = 6;

/**
 * Reads every node with its allocations, every volume and every job that is not stopped; the ports are those in use and
 * those that unfinished runs of `services` have chosen.
 */
export const collectClusterFacts = async (
  deps: Pick<FactsDeps, 'nomad'>,
  services: readonly InventoryService[] = [],
): Promise<ClusterFacts> => {
  const limit = pLimit(AT_ONCE);
  const stubs = await deps.nomad.nodes();
  const read = await Promise.all(
    stubs.map(({ ID }) => limit(() => Promise.all([deps.nomad.node(ID), deps.nomad.nodeAllocations(ID)]))),
  );
  const listed = (await deps.nomad.listJobs()).filter(({ Stop }) => !Stop);
  const jobs = await Promise.all(listed.map(({ ID }) => limit(() => deps.nomad.job(ID))));
  return {
    nodes: read.map(([node, allocations]) => nodeFacts(node, allocations)),
    ports: [
      ...read.flatMap(([node, allocations]) => nodePorts(node, allocations)),
      ...(await portClaims(
        deps.nomad,
        services.map(({ name }) => name),
      )),
    ],
    volumes: (await deps.nomad.hostVolumes()).map(volumeFacts),
    csiVolumes: await deps.nomad.csiVolumes(),
    allocations: new Map(
      read.flatMap(([, allocations]) => allocations.map((allocation) => [allocation.ID, allocation] as const)),
    ),
    jobs: jobs.filter((job) => job !== undefined),
  };
};
