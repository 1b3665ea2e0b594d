import pLimit from 'p-limit';
import type { ClusterLook, DoctorNode } from '../../plan/doctor/facts.js';
import { nodeFacts, nodePorts } from '../../plan/node-json.js';
import type { Allocation, Json } from '../../ports/nomad.js';
import type { LookDeps } from './deps.js';
import { problemOf } from './seen.js';

const AT_ONCE = 8;

/** Every node with its allocations, every job that is not stopped, every host volume: each asked for once. */
export async function clusterLook({ nomad }: LookDeps): Promise<ClusterLook> {
  const limit = pLimit(AT_ONCE);
  const [nodes, jobs, volumes, self] = await Promise.all([
    nomad
      .nodes()
      .then((stubs) =>
        Promise.all(stubs.map((stub) => limit(async () => ({ stub, ...(await nodeWith(nomad, stub.ID)) })))),
      ),
    nomad
      .listJobs()
      .then((all) => Promise.all(all.filter(({ Stop }) => !Stop).map(({ ID }) => limit(() => nomad.job(ID))))),
    nomad.hostVolumes(),
    // A token of docs/permissions.md may not ask the agent: what it would tell is then not known.
    nomad.agentSelf().catch((error: unknown) => void problemOf(error)),
  ]);
  return {
    nodes: nodes.map(({ stub, node, allocations }) => doctorNode(stub, node, allocations)),
    jobs: jobs.filter((job) => job !== undefined),
    allocations: nodes.flatMap(({ allocations }) => allocations),
    ports: nodes.flatMap(({ node, allocations }) => nodePorts(node, allocations)),
    volumes,
    maxKillTimeout: self?.maxKillTimeoutSeconds ?? null,
  };
}

async function nodeWith(
  nomad: LookDeps['nomad'],
  id: string,
): Promise<{ node: Record<string, Json>; allocations: Allocation[] }> {
  const [node, allocations] = await Promise.all([nomad.node(id), nomad.nodeAllocations(id)]);
  return { node, allocations };
}

type Stub = Awaited<ReturnType<LookDeps['nomad']['nodes']>>[number];

function doctorNode(stub: Stub, node: Record<string, Json>, allocations: readonly Allocation[]): DoctorNode {
  return {
    ...nodeFacts(node, allocations),
    status: stub.Status,
    eligibility: stub.SchedulingEligibility,
    vault: textOf(node['Attributes'], 'vault.version'),
    sickDrivers: Object.entries(objectOf(node['Drivers'])).flatMap(([name, driver]) => {
      const { Detected, Healthy, HealthDescription } = objectOf(driver);
      return Detected === true && Healthy !== true ? [{ name, says: String(HealthDescription ?? '') }] : [];
    }),
  };
}

const objectOf = (value: Json | undefined): Record<string, Json | undefined> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

const textOf = (value: Json | undefined, key: string): string | null => {
  const found = objectOf(value)[key];
  return typeof found === 'string' && found !== '' ? found : null;
};
