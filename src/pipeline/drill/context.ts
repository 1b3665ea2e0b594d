import type { InventoryService } from '../../inventory/types.js';
import type { DatabasePart } from '../../plan/types.js';
import type { JobSource } from '../../ports/nomad.js';
import type { Secret } from '../../shared/secret.js';
import type { MovePorts, RunContext } from '../context.js';
import type { RenderToolsJob } from '../put-tools.js';
import type { Chosen } from '../restore/choose.js';
import type { OffsitePlace } from '../restore/context.js';

/** What a drill works with. Its journal is its own: nothing of the service's is locked or changed. */
export interface DrillContext extends MovePorts, RunContext {
  readonly service: InventoryService;
  /** `target` is the throwaway server's part. */
  readonly plan: {
    readonly service: string;
    readonly target: DatabasePart;
    readonly node: { readonly id: string };
    readonly owner: { readonly uid: number; readonly gid: number };
  };
  readonly source: JobSource;
  readonly chosen: Chosen;
  /** Of a service on the shared instance, where every database has sets of its own: those of its other databases. */
  readonly more: readonly Chosen[];
  /** `null`: the set on the backup volume. */
  readonly offsite: OffsitePlace | null;
  readonly identity: Secret | null;
  /** Text of the job that puts rclone and age on the backup volume. */
  readonly toolsJob: RenderToolsJob;
  readonly evidenceDir: string;
  progress(text: string, done?: number, total?: number): void;
  note(text: string): void;
}
