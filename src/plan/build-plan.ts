import { DbctlError } from '../errors/dbctl-error.js';
import type { Inventory, InventoryService, Priority } from '../inventory/types.js';
import { buildServicePlan } from './build-service-plan.js';
import type { ServiceFacts } from './facts.js';
import { PORT_LABEL, portOwner } from './ports.js';
import type { DatabasePart, Plan, PortUse, ServicePlan } from './types.js';

const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2 };

/** High before medium before low, else the order of the file. */
export const byPriority = (services: readonly InventoryService[]): InventoryService[] =>
  services.toSorted((a, b) => RANK[a.priority] - RANK[b.priority]);

/**
 * The plan of every service that facts were read for. The same inventory and facts give the same JSON.
 * Services that get a port here keep it from those that come after. Throws SERVICE_UNKNOWN.
 */
export const buildPlan = (inventory: Inventory, facts: readonly ServiceFacts[]): Plan => {
  for (const { service } of facts) requireService(inventory, service);
  const services: ServicePlan[] = [];
  const planned: PortUse[] = [];
  for (const service of byPriority(inventory.services)) {
    const found = facts.find((item) => item.service === service.name);
    if (found === undefined) continue;
    const plan = buildServicePlan(inventory, service, found, planned);
    services.push(plan);
    planned.push(...plannedPort(plan));
  }
  return {
    schema: 'dbctl.plan/2',
    inventory: { path: inventory.path, sha256: inventory.sha256 },
    services,
    ports: ledger([...facts.flatMap((item) => item.ports), ...planned]),
  };
};

/** The port a plan takes on its node; none in a bridged group, whose loopback is its own. */
export const plannedPort = (plan: {
  readonly target: DatabasePart;
  readonly node: { readonly name: string };
}): PortUse[] =>
  plan.target.network === 'bridge'
    ? []
    : [{ port: plan.target.port, node: plan.node.name, owner: portOwner(plan.target.job, PORT_LABEL) }];

/** Sorted by node and port, every use once. */
export const ledger = (uses: readonly PortUse[]): PortUse[] =>
  [...new Map(uses.map((use) => [`${use.node}\u0000${use.port}\u0000${use.owner}`, use])).values()].sort(
    (a, b) => a.node.localeCompare(b.node, 'en') || a.port - b.port || a.owner.localeCompare(b.owner, 'en'),
  );

const requireService = (inventory: Inventory, name: string): void => {
  if (inventory.services.some((service) => service.name === name)) return;
  throw new DbctlError('SERVICE_UNKNOWN', 'the service is not in the inventory', {
    where: inventory.path,
    value: name,
    next: `known: ${inventory.services.map((service) => service.name).join(', ') || 'none'}`,
  });
};
