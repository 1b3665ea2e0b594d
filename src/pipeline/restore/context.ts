import type { InventoryService } from '../../inventory/types.js';
import type { DatabasePart } from '../../plan/types.js';
import type { BackupManifest } from '../../report/backup-catalog.js';
import type { Secret } from '../../shared/secret.js';
import type { MovePorts, RunContext } from '../context.js';
import type { RenderToolsJob } from '../put-tools.js';
import type { Chosen } from './choose.js';

/** A place for copies, as the toolbox's rclone reaches it. Never a secret, only where it is. */
export interface OffsitePlace {
  readonly name: string;
  /** Of its section in rclone.conf, credentials apart. */
  readonly options: Readonly<Record<string, string>>;
  readonly remotePath: string;
  /** KV v2: its keys are the rest of the section; those may read. */
  readonly read: { readonly mount: string; readonly path: string };
}

/** What was asked for; journalled, so that a resumed run does the same. */
export interface RestoreRequest {
  readonly chosen: Chosen;
  readonly offsite: OffsitePlace | null;
  /** Without it what is there now is backed up first. */
  readonly safety: boolean;
}

/** What every step of a restore gets. */
export interface RestoreContext extends MovePorts, RunContext {
  readonly service: InventoryService;
  readonly plan: {
    readonly service: string;
    readonly target: DatabasePart;
    /** Of the app: its own checks are looked at, whether beside the database or in another job. */
    readonly appJob: string;
  };
  readonly request: RestoreRequest;
  /** An age identity for an encrypted copy; put into the toolbox only while it is fetched. */
  readonly identity: Secret | null;
  /** Text of the job that puts rclone and age on the backup volume. */
  readonly toolsJob: RenderToolsJob;
  /** `/backups/<service>`. */
  readonly home: string;
  /** For evidence beside the operator's files. */
  readonly evidenceDir: string;
  progress(text: string, done?: number, total?: number): void;
  note(text: string): void;
}

/** The set as it lies on the backup volume, once its manifest was read. */
export interface FoundSet {
  readonly id: string;
  readonly folder: string;
  readonly started: string;
  readonly finished: string;
  readonly serverVersion: number;
  readonly systemIdentifier: string;
  /** SHA-256 of the file with the roles; `null` when the manifest has none. */
  readonly globalsSha256: string | null;
  readonly databases: readonly Pick<
    BackupManifest['databases'][number],
    'database' | 'folder' | 'sizeBytes' | 'bytes' | 'rows' | 'manifestSha256'
  >[];
}
