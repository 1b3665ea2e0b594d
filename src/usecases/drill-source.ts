import type { InventoryService } from '../inventory/types.js';
import type { CatalogJob } from '../pipeline/catalog-job.js';
import type { Toolbox } from '../pipeline/live.js';
import type { ServicePlan } from '../plan/types.js';
import type { BackupCatalog } from '../report/backup-catalog.js';

/** Sets that one catalog tells of. */
export interface DrillSets {
  /** What the sets call their service, where that is not its name. */
  readonly store?: string;
  readonly catalog: BackupCatalog | undefined;
}

/** Where the backups of a service lie, and what a server for them is like. */
export interface DrillSource {
  /** With the settings of its backups. */
  readonly service: InventoryService;
  readonly plan: Pick<ServicePlan, 'service' | 'target' | 'node' | 'owner'>;
  /** Beside the backup volume. */
  readonly toolbox: Toolbox;
  /** One, or one for each database on the shared instance. Throws ARTIFACT_CORRUPT. */
  readonly sets: () => Promise<readonly DrillSets[]>;
  /** Notes a drill where the catalog tells of it. */
  readonly history: () => Promise<CatalogJob>;
}
