import type { Problem } from './describe-issue.js';
import { nameProblem } from './safe-names.js';
import type { Inventory, InventoryService } from './types.js';

/** Problems that only show once names are derived: two services that would share a thing each must own alone. */
export const crossChecks = (inventory: Inventory): Problem[] => [
  ...inventory.services.flatMap(volumeNameProblems),
  ...clashes(
    inventory.services,
    'Nomad service',
    (service) => [service.name.replaceAll('_', '-')],
    () => [],
  ),
  ...clashes(
    inventory.services,
    'data volume',
    (service) => [service.volume.name],
    () => ['volume', 'name'],
  ),
  ...clashes(
    inventory.services,
    'Vault path',
    (service) => [service.vault.path],
    () => ['vault', 'path'],
  ),
  ...clashes(
    inventory.services,
    'database',
    (service) => service.databases,
    () => ['databases'],
  ),
];

const volumeNameProblems = (service: InventoryService): Problem[] => {
  const problem = nameProblem('volume', service.volume.name);
  return problem === undefined
    ? []
    : [
        {
          path: ['services', service.name, 'volume', 'name'],
          text: `${problem}, got ${JSON.stringify(service.volume.name)}`,
        },
      ];
};

const clashes = (
  services: readonly InventoryService[],
  what: string,
  keysOf: (service: InventoryService) => readonly string[],
  pathOf: (service: InventoryService) => string[],
): Problem[] =>
  services.flatMap((service, index) =>
    keysOf(service).flatMap((key) => {
      const first = services.slice(0, index).find((other) => keysOf(other).includes(key));
      return first === undefined
        ? []
        : [
            {
              path: ['services', service.name, ...pathOf(service)],
              text: `${what} "${key}" is already that of service ${first.name}`,
            },
          ];
    }),
  );
