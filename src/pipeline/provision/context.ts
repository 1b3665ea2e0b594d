import type { NewEntry } from '../../inventory/add-service.js';
import type { InventoryService } from '../../inventory/types.js';
import type { ProvisionPlan } from '../../plan/provision/types.js';
import type { JobSource } from '../../ports/nomad.js';
import type { MovePorts, RunContext } from '../context.js';
import type { RenderToolsJob } from '../put-tools.js';

/** The texts of one provision, rendered before the first effect. */
export interface ProvisionArtifacts {
  /** The file of the job that is registered, absolute. */
  readonly path: string;
  /** The operator's file before; `null` = there was none. */
  readonly before: JobSource | null;
  readonly after: JobSource;
  /** The job existed, but was stopped. */
  readonly wasStopped: boolean;
  /** `null`: the service is in the inventory already. */
  readonly inventory: { readonly path: string; readonly entry: NewEntry } | null;
}

/** What every step of a provision gets. */
export interface ProvisionContext extends MovePorts, RunContext {
  readonly service: InventoryService;
  readonly plan: ProvisionPlan;
  readonly artifacts: ProvisionArtifacts;
  /** Text of the job that puts rclone and age on the backup volume. */
  readonly toolsJob: RenderToolsJob;
  progress(text: string): void;
  note(text: string): void;
}
