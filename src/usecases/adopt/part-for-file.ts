import type { Inventory, InventoryService } from '../../inventory/types.js';
import { bridgePort } from '../../plan/bridge-port.js';
import { providerFor } from '../../plan/consul-services.js';
import { type ClientGroup, clientGroups } from '../../plan/locate.js';
import { choosePlacement, type PlacementChoice } from '../../plan/placement.js';
import { choosePort, inventoryPorts } from '../../plan/ports.js';
import { databasePart, NO_SOURCE } from '../../plan/target.js';
import type { DatabasePart, PortUse } from '../../plan/types.js';
import type { NomadJob } from '../../ports/nomad.js';
import type { SeenClient, SharedNames } from '../../render/index.js';
import type { Names } from './names.js';

const LOCALE = { encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.UTF-8' } as const;
const EVERYWHERE = '*';

export interface PartInput {
  readonly inventory: Inventory;
  readonly service: InventoryService;
  readonly job: NomadJob;
  readonly clients: readonly SeenClient[];
  readonly shared: SharedNames;
  readonly names: (beside: boolean) => Names;
  /** Ports of the other files and of what they get. */
  readonly taken: readonly PortUse[];
}

export interface PartForFile {
  readonly part: DatabasePart;
  readonly placement: PlacementChoice;
  readonly groups: readonly ClientGroup[];
  readonly names: Names;
}

/** The database part that a plan would make, from the file alone. */
export function partForFile(input: PartInput): PartForFile {
  const { service, job, clients, inventory, shared } = input;
  const groups = clientGroups(job, clients);
  const group = job.TaskGroups.find(({ Name }) => Name === groups[0]?.name) ?? { Name: '', Tasks: [] };
  // A system job runs on every node, and each copy would get a database of its own.
  const wanted = job.Type === 'system' ? 'own-job' : service.placement;
  const placement = choosePlacement({ group, clients: groups, service: { placement: wanted } });
  const names = input.names(placement.kind === 'same-group');
  const port = placement.network === 'bridge' ? bridgePort(group) : nodePort(input);
  const part = databasePart({
    ...{ service, group: group.Name, placement, port, role: names.role.text, vaultRole: inventory.vault.role },
    source: NO_SOURCE,
    provider: providerFor(job, service.name, shared.service),
  });
  const vault = clients.flatMap(({ vault: own }) => own ?? [])[0];
  return {
    part: {
      ...part,
      databases: names.databases.map(({ text, lookup }) => ({
        name: text,
        ...LOCALE,
        ...(lookup === undefined ? {} : { lookup }),
      })),
      ...(names.role.lookup === undefined ? {} : { roleLookup: names.role.lookup }),
      vault: { ...part.vault, ...vault, ...vaultRoleOf(placement.kind, input) },
    },
    ...{ placement, groups, names },
  };
}

/** Beside the app the database's tasks read Vault by the role that the app's task names. */
const vaultRoleOf = (kind: DatabasePart['placement'], { clients }: PartInput): { role?: string } => {
  const role = clients.flatMap(({ vaultRole }) => vaultRole ?? [])[0];
  return kind === 'own-job' || role === undefined ? {} : { role };
};

const nodePort = ({ inventory, service, taken }: PartInput): number =>
  choosePort({
    service,
    node: EVERYWHERE,
    from: inventory.ports.from,
    taken: [...taken, ...inventoryPorts(inventory, service.name)],
  }).port;
