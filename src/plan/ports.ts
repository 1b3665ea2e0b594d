import type { Inventory, InventoryService } from '../inventory/types.js';
import type { Finding, PortUse } from './types.js';

/** Port label of the dedicated database in the app's group. */
export const PORT_LABEL = 'db';

/** How a live port's owner is written, so that a service recognises its own. */
export const portOwner = (job: string, label: string): string => `job ${job} (port ${label})`;

const LAST_PORT = 65_535;

export interface PortChoice {
  readonly port: number;
  readonly findings: readonly Finding[];
}

/** Ports of other services that the inventory fixes: they are spoken for on every node. */
export const inventoryPorts = (inventory: Inventory, except: string): PortUse[] =>
  inventory.services
    .filter((service) => service.name !== except && service.port !== null)
    .map((service) => ({ port: service.port ?? 0, node: '*', owner: `service ${service.name} (inventory)` }));

interface PortInput {
  readonly service: InventoryService;
  readonly node: string;
  readonly from: number;
  /** Live and inventory uses by anybody but this service's own database. */
  readonly taken: readonly PortUse[];
}

/** The port of a service in host network mode: the inventory's, else the next that is free on the node. */
export const choosePort = ({ service, node, from, taken }: PortInput): PortChoice => {
  const used = new Map(
    taken.filter((use) => use.node === node || use.node === '*').map((use) => [use.port, use.owner]),
  );
  const free = nextFree(from, used);
  if (service.port === null) return { port: free ?? from, findings: free === undefined ? [noneFree(from, node)] : [] };
  const owner = used.get(service.port);
  return { port: service.port, findings: owner === undefined ? [] : [portTaken(service.port, node, owner, free)] };
};

const nextFree = (from: number, used: ReadonlyMap<number, string>): number | undefined => {
  for (let port = from; port <= LAST_PORT; port += 1) if (!used.has(port)) return port;
  return undefined;
};

const portTaken = (port: number, node: string, owner: string, free: number | undefined): Finding => ({
  code: 'PORT_TAKEN',
  level: 'blocked',
  text: `port ${port} is already that of ${owner} on ${node}`,
  next:
    free === undefined
      ? 'leave port out, and lower defaults.ports.from'
      : `use port: ${free} (next free), or leave port out`,
});

const noneFree = (from: number, node: string): Finding => ({
  code: 'PORT_TAKEN',
  level: 'blocked',
  text: `no port from ${from} up is free on ${node}`,
  next: 'lower defaults.ports.from',
});
