import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { Allocation, ClusterPort, HostVolume, Json, ServiceInstance } from '../../src/ports/nomad.js';

export interface FakeCluster extends ClusterPort {
  readonly nodeDetails: Map<string, Record<string, Json>>;
  readonly services: ServiceInstance[];
  readonly volumes: Map<string, HostVolume>;
}

/** One node `node-1`; volumes as Nomad's `mkdir` plugin makes them. */
export function fakeCluster(allocations: () => Allocation[]): FakeCluster {
  const nodeDetails: FakeCluster['nodeDetails'] = new Map([['node-1', { ID: 'node-1', Name: 'one', Attributes: {} }]]);
  const volumes: FakeCluster['volumes'] = new Map();
  const services: ServiceInstance[] = [];
  const counter = { volume: 0 };
  return {
    nodeDetails,
    services,
    volumes,
    nodes: async () =>
      [...nodeDetails.values()].map((node) => ({
        ID: String(node['ID']),
        Name: String(node['Name']),
        Status: 'ready',
        SchedulingEligibility: 'eligible',
      })),
    node: async (id) => {
      const found = nodeDetails.get(id);
      if (!found) throw new DbctlError('NOMAD_REJECTED', 'the node is not known to Nomad', { where: id });
      return found;
    },
    nodeAllocations: async (nodeId) => allocations().filter((alloc) => alloc.NodeID === nodeId),
    service: async (name) => services.filter((service) => service.ServiceName === name),
    hostVolumes: async () => structuredClone([...volumes.values()]),
    csiVolumes: async () => [],
    createHostVolume: async (spec) => {
      const taken = [...volumes.values()].some((volume) => volume.Name === spec.name && volume.NodeID === spec.nodeId);
      if (taken)
        throw new DbctlError('NOMAD_REJECTED', 'Nomad refused the request', {
          value: 'volume name already exists on this node',
        });
      const ID = `volume-${++counter.volume}`;
      const HostPath = `/var/nomad/host_volumes/${ID}`;
      const volume = {
        ID,
        Name: spec.name,
        NodeID: spec.nodeId,
        State: 'ready',
        PluginID: 'mkdir',
        HostPath,
        Parameters: { ...spec.parameters },
      };
      volumes.set(ID, volume);
      return volume;
    },
    deleteHostVolume: async (id) => {
      volumes.delete(id);
    },
  };
}
