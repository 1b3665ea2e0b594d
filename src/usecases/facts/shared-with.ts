import type { Inventory, InventoryService } from '../../inventory/types.js';
import type { ServiceFacts } from '../../plan/facts.js';
import { appTasks } from '../../plan/locate.js';
import type { NomadJob } from '../../ports/nomad.js';
import { configSettings, presetsOf } from '../../render/index.js';
import { writtenEnvironment } from './app-environment.js';

/**
 * Other services of the inventory that use the same databases on the shared instance, by what their running jobs say.
 * A service that already has a server of its own says a loopback address and is not meant.
 */
export const sharedWith = (
  inventory: Inventory,
  service: InventoryService,
  moving: readonly { readonly name: string }[],
  jobs: readonly NomadJob[],
): ServiceFacts['sharedWith'] =>
  inventory.services
    .filter((other) => other.name !== service.name)
    .flatMap((other) => {
      const theirs = databasesOf(other, jobs);
      const common = moving.filter(({ name }) => theirs.includes(name));
      return common.map(({ name }) => ({ service: other.name, database: name }));
    });

const LOOPBACK = /^(?:localhost|127\.|::1)/;

const databasesOf = (service: InventoryService, jobs: readonly NomadJob[]): string[] => {
  const job = jobs.find(({ ID }) => ID === service.job);
  if (job === undefined) return [];
  return appTasks(job, service, presetsOf(service), configSettings).flatMap((app) => {
    const task = job.TaskGroups.find(({ Name }) => Name === app.group)?.Tasks.find(({ Name }) => Name === app.task);
    const { host, databases } = writtenEnvironment(task, app, null);
    return LOOPBACK.test(host ?? '') ? [] : databases;
  });
};
