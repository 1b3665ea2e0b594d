import type { NewEntry } from '../../inventory/add-service.js';
import type { InventoryService } from '../../inventory/types.js';
import type { ProvisionPlan } from '../../plan/provision/types.js';
import type { JobSource } from '../../ports/nomad.js';
import type { Secret } from '../../shared/secret.js';
import type { MovePorts, RunContext } from '../context.js';
import type { RenderToolsJob } from '../put-tools.js';
import type { Chosen } from '../restore/choose.js';
import type { OffsitePlace } from '../restore/context.js';

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

/** The backup that fills the new database. */
export interface Fill {
  /** The service that it is of, as the inventory knows it: with its off-site tools. */
  readonly source: InventoryService;
  readonly chosen: Chosen;
  /** Of the shared instance, which has a set for each database: those of the further ones. */
  readonly more?: readonly Chosen[];
  readonly offsite: OffsitePlace | null;
  /** An age identity for an encrypted copy; in the toolbox only while it is fetched. */
  readonly identity: Secret | null;
}

/** What every step of a provision gets. */
export interface ProvisionContext extends MovePorts, RunContext {
  readonly service: InventoryService;
  readonly plan: ProvisionPlan;
  readonly artifacts: ProvisionArtifacts;
  /** Text of the job that puts rclone and age on the backup volume. */
  readonly toolsJob: RenderToolsJob;
  /** `null`: the database stays empty. */
  readonly fill: Fill | null;
  /** For evidence beside the operator's files. */
  readonly evidenceDir: string;
  progress(text: string, done?: number, total?: number): void;
  note(text: string): void;
}
