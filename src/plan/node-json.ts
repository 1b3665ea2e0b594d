/** Nomad's node and allocation JSON (1.11.1) → facts. */
import type { Allocation, HostVolume, Json } from '../ports/nomad.js';
import { reserved } from './capacity.js';
import type { AllocationFacts, NodeFacts } from './facts.js';
import { portOwner } from './ports.js';
import type { PortUse } from './types.js';

type JsonObject = { readonly [key: string]: unknown };

const object = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((node, key) => object(node)[key], value);
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Allocations that still hold ports, memory and volumes. */
export const isLive = ({ ClientStatus }: Allocation): boolean =>
  ClientStatus === 'pending' || ClientStatus === 'running' || ClientStatus === 'unknown';

export const nodeFacts = (node: Record<string, Json>, allocations: readonly Allocation[]): NodeFacts => {
  const used = allocations.filter(isLive).map(allocationReserved);
  const free = (total: number, keep: number, taken: number): number => Math.max(0, total - keep - taken);
  return {
    id: text(node['ID']),
    name: text(node['Name']),
    eligible: node['SchedulingEligibility'] === 'eligible' && node['Status'] === 'ready',
    nomadVersion: text(at(node, 'Attributes', 'nomad.version')),
    drivers: Object.entries(object(node['Drivers']))
      .filter(([, driver]) => object(driver)['Healthy'] === true)
      .map(([name]) => name)
      .sort(),
    volumePlugins: Object.keys(object(node['Attributes'])).flatMap(
      (key) => /^plugins\.host_volume\.(.+)\.version$/.exec(key)?.[1] ?? [],
    ),
    hostVolumes: Object.keys(object(node['HostVolumes'])).sort(),
    free: {
      cpu: free(
        number(at(node, 'NodeResources', 'Cpu', 'CpuShares')),
        number(at(node, 'ReservedResources', 'Cpu', 'CpuShares')),
        sum(used, 'cpu'),
      ),
      memory: free(
        number(at(node, 'NodeResources', 'Memory', 'MemoryMB')),
        number(at(node, 'ReservedResources', 'Memory', 'MemoryMB')),
        sum(used, 'memory'),
      ),
    },
    maxKillTimeoutSeconds: null,
  };
};

const sum = (items: readonly { cpu: number; memory: number }[], key: 'cpu' | 'memory'): number =>
  items.reduce((total, item) => total + item[key], 0);

const allocationReserved = (allocation: Allocation): { cpu: number; memory: number } => {
  const resources = object(allocation['AllocatedResources']);
  return reserved(
    Object.entries(object(resources['Tasks'])).map(([name, task]) => ({
      cpu: number(at(task, 'Cpu', 'CpuShares')),
      memory: number(at(task, 'Memory', 'MemoryMB')),
      phase: phaseOf(at(resources, 'TaskLifecycles', name)),
    })),
  );
};

const phaseOf = (lifecycle: unknown): 'main' | 'sidecar' | 'start' | 'stop' => {
  const { Hook, Sidecar } = object(lifecycle);
  if (Hook === 'poststop') return 'stop';
  if (Hook !== 'prestart') return 'main';
  return Sidecar === true ? 'sidecar' : 'start';
};

/** Every port that live allocations and the node's own reserve hold. */
export const nodePorts = (node: Record<string, Json>, allocations: readonly Allocation[]): PortUse[] => {
  const name = text(node['Name']);
  const own = reservedPorts(text(at(node, 'ReservedResources', 'Networks', 'ReservedHostPorts')));
  return [
    ...allocations.filter(isLive).flatMap((allocation) =>
      allocationPorts(allocation).map(({ port, label }) => ({
        port,
        node: name,
        owner: portOwner(allocation.JobID, label),
      })),
    ),
    ...own.map((port) => ({ port, node: name, owner: 'the node itself (reserved)' })),
  ];
};

/** Ports of its node that an allocation holds, each once per label. */
export const allocationPorts = (allocation: Allocation): { port: number; label: string }[] => {
  const resources = object(allocation['AllocatedResources']);
  const networks = [
    ...list(at(resources, 'Shared', 'Networks')),
    ...Object.values(object(resources['Tasks'])).flatMap((task) => list(object(task)['Networks'])),
  ];
  const listed = [
    ...list(at(resources, 'Shared', 'Ports')),
    ...networks.flatMap((network) => [
      ...list(object(network)['ReservedPorts']),
      ...list(object(network)['DynamicPorts']),
    ]),
  ];
  const ports = listed
    .map((port) => ({ port: number(object(port)['Value']), label: text(object(port)['Label']) }))
    .filter(({ port }) => port > 0);
  return [...new Map(ports.map((port) => [`${port.port} ${port.label}`, port])).values()];
};

/** `22,80,8000-8010` as numbers. */
export const reservedPorts = (ranges: string): number[] =>
  ranges.split(',').flatMap((range) => {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(range);
    if (match === null) return [];
    const from = Number(match[1]);
    return Array.from({ length: Math.max(0, Number(match[2] ?? from) - from + 1) }, (_, index) => from + index);
  });

export const allocationFacts = (allocation: Allocation): AllocationFacts => ({
  id: allocation.ID,
  group: allocation.TaskGroup,
  nodeId: allocation.NodeID,
  nodeName: allocation.NodeName ?? '',
  jobVersion: allocation.JobVersion ?? 0,
  address: text(at(list(at(allocation, 'AllocatedResources', 'Shared', 'Networks'))[0], 'IP')) || null,
  clientStatus: allocation.ClientStatus,
  pendingTasks: Object.entries(allocation.TaskStates ?? {}).flatMap(([task, { State }]) =>
    State === 'pending' ? [task] : [],
  ),
});

export const volumeFacts = ({
  ID,
  Name,
  NodeID,
  State,
}: HostVolume): { id: string; name: string; nodeId: string; state: string } => ({
  id: ID,
  name: Name,
  nodeId: NodeID,
  state: State,
});
