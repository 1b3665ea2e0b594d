import type { NodeFacts, VolumeFacts } from '../facts.js';
import type { DatabasePart } from '../types.js';

interface NodeNeed {
  readonly driver: string;
  readonly volume: DatabasePart['volume'];
  readonly adds: { readonly cpu: number; readonly memory: number };
  /** Where the app runs already. */
  readonly pinned: string | null;
}

/**
 * The node for a new database: the app's, else the one that has its volume, else the one with most free memory among
 * those with driver, volumes and room. Equal ones go by name, then id, so that the answer is always the same.
 */
export const chooseNode = (
  nodes: readonly NodeFacts[],
  volumes: readonly VolumeFacts[],
  need: NodeNeed,
): NodeFacts | null => {
  const pinned = need.pinned ?? volumes.find(({ name }) => name === need.volume.source)?.nodeId;
  if (pinned !== undefined) return nodes.find(({ id }) => id === pinned) ?? null;
  const fits = nodes.filter((node) => nodeProblems(node, need).length === 0);
  return fits.toSorted(byRoom)[0] ?? null;
};

const byRoom = (a: NodeFacts, b: NodeFacts): number =>
  b.free.memory - a.free.memory || a.name.localeCompare(b.name, 'en') || a.id.localeCompare(b.id, 'en');

/** Why a node cannot take the database, in words; empty when it can. */
export const nodeProblems = (node: NodeFacts, { driver, volume, adds }: NodeNeed): string[] => [
  ...(node.eligible ? [] : ['takes no new allocations']),
  ...(node.drivers.includes(driver) ? [] : [`has no healthy ${driver} driver`]),
  ...(volume.kind === 'dynamic' && !node.volumePlugins.includes('mkdir') ? ['cannot make dynamic host volumes'] : []),
  ...(volume.kind === 'host' && !node.hostVolumes.includes(volume.source)
    ? [`has no host volume ${volume.source}`]
    : []),
  ...(adds.memory > node.free.memory ? [`has ${node.free.memory} MiB free of ${adds.memory}`] : []),
  ...(adds.cpu > node.free.cpu ? [`has ${node.free.cpu} MHz free of ${adds.cpu}`] : []),
];
