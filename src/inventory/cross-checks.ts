import { backupProblems } from './backup-checks.js';
import type { Problem } from './describe-issue.js';
import { nameProblem } from './safe-names.js';
import { suggest } from './suggest.js';
import type { Inventory, InventoryService } from './types.js';

/** Problems that only show once names are derived: two services that would share a thing each must own alone. */
export const crossChecks = (inventory: Inventory, apps?: readonly string[]): Problem[] => [
  ...(apps === undefined ? [] : inventory.services.flatMap((service) => appProblems(service, apps))),
  ...inventory.services.flatMap(volumeNameProblems),
  ...inventory.services.flatMap(backupProblems),
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

const appProblems = ({ name, app }: InventoryService, apps: readonly string[]): Problem[] => {
  if (app === null || apps.includes(app)) return [];
  const near = suggest(app, apps);
  const hint = near === undefined ? `known are: ${apps.toSorted().join(', ')}` : `did you mean ${near}?`;
  return [{ path: ['services', name, 'app'], text: `no app is known as ${JSON.stringify(app)}; ${hint}` }];
};

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
