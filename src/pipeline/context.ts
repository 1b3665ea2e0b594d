import type { InventoryService } from '../inventory/types.js';
import type { ServicePlan } from '../plan/types.js';
import type { Clock } from '../ports/clock.js';
import type { ConsulPort } from '../ports/consul.js';
import type { FilesPort } from '../ports/files.js';
import type { JobSource, NomadPort } from '../ports/nomad.js';
import type { SqlPort } from '../ports/sql.js';
import type { VaultPort } from '../ports/vault.js';
import type { Secret } from '../shared/secret.js';
import type { JournalHandle } from './journal-store.js';
import type { RenderToolsJob } from './put-tools.js';

/** The texts a move registers. Rendered before the first effect; steps never render. */
export interface MoveArtifacts {
  /** The operator's jobspec as it is before the move, and its path. */
  readonly path: string;
  readonly before: JobSource;
  readonly after: JobSource;
  /** The file's text, where it is not that of `before`: it holds a part that was written ahead. */
  readonly found?: string;
  /** Way back of an app that owns its settings: `before` with a task that puts the old address into the app's file. */
  readonly repointed?: JobSource;
  /** The shared job's jobspec without this service's init block; only for finalize, and only when the inventory names the file. */
  readonly sharedInit?: { readonly path: string; readonly before: string; readonly after: string };
  /** The jobspec of a database in a job of its own, and the file it is written to; absent beside an app. */
  readonly database?: { readonly path: string; readonly source: JobSource };
  /** Looks into volumes that dbctl does not make; absent for dynamic ones. */
  readonly look?: { readonly jobId: string; readonly source: JobSource };
  /** A toolbox alone, for a way back whose own toolbox is gone; prepared with the way back. */
  readonly rescue?: { readonly jobId: string; readonly source: JobSource };
  /** Complete jobspec of the throwaway job. */
  readonly rehearsal: { readonly jobId: string; readonly volume: string; readonly source: JobSource };
}

export interface MovePorts {
  readonly nomad: NomadPort;
  /** `null` where nothing says where Consul is. */
  readonly consul: ConsulPort | null;
  readonly vault: VaultPort;
  readonly sql: SqlPort;
  readonly files: FilesPort;
  readonly clock: Clock;
  /** A fresh secret of `length` characters from [A-Za-z0-9], from a CSPRNG. */
  readonly newSecret: (length: number) => Secret;
  readonly randomBytes: (length: number) => Buffer;
}

/** What the runner needs of a step's context, whatever the pipeline is about. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly run: string;
  readonly plan: { readonly service: string };
  readonly journal: JournalHandle;
  /** The command that goes on with a run that was cut. */
  readonly resume: string;
}

/** What every step gets. Steps share nothing else: lasting values go through the journal. */
export interface MoveContext extends MovePorts, RunContext {
  readonly service: InventoryService;
  readonly plan: ServicePlan;
  readonly artifacts: MoveArtifacts;
  /** Text of the job that puts rclone and age on the backup volume. */
  readonly toolsJob: RenderToolsJob;
  /** The folder of dbctl.yaml. */
  readonly home: string;
  /** Whether this run has a rehearsal in it. */
  readonly rehearses: boolean;
  /** Folder for reports and evidence of this run. */
  readonly evidenceDir: string;
  /** Secrets made by this process, by name; gone with it. A resumed run makes new ones. */
  readonly secrets: Map<string, Secret>;
  progress(text: string, done?: number, total?: number): void;
  note(text: string): void;
}
