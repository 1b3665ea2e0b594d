import { readCatalog } from '../dataplane/read-catalog.js';
import type { InventoryService } from '../inventory/types.js';
import { journalToReadOnly } from '../pipeline/journal-store.js';
import { toolboxOf } from '../pipeline/live.js';
import { catalogJob } from './catalog-env.js';
import type { UseCaseDeps } from './deps.js';
import type { DrillSource } from './drill-source.js';
import { recordedIn } from './recorded-plan.js';
import { sharedSource } from './shared-drill-source.js';

/** The service's own server, else its databases on the shared instance. Throws RUN_NOT_FOUND, DATABASE_UNAVAILABLE, BACKUP_NOT_FOUND, JOB_NOT_FOUND. */
export async function drillSource(deps: UseCaseDeps, service: InventoryService): Promise<DrillSource> {
  const recorded = await recordedIn(deps, service.name, await journalToReadOnly(deps.nomad, service.name));
  if (!recorded) return await sharedSource(deps, service);
  const { plan } = recorded;
  const toolbox = await toolboxOf({ nomad: deps.nomad, signal: deps.signal, plan });
  return {
    ...{ service, plan, toolbox },
    sets: async () => [{ catalog: await readCatalog(deps.nomad, toolbox.allocId) }],
    history: () => catalogJob(deps, { service: service.name, folder: null, catalog: null, toolbox }, 'drilled.sh'),
  };
}
