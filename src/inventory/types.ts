import type { NotifyKind, VaultRef } from './notify-url.js';

/** Task drivers a database can run under. */
export type InventoryDriver = 'docker' | 'podman' | 'exec' | 'raw_exec';
export type Priority = 'high' | 'medium' | 'low';
export type VolumeKind = 'dynamic' | 'host' | 'csi' | 'ephemeral';

export interface Resource {
  /** MHz. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
}

export interface NotifyTarget {
  readonly kind: NotifyKind;
  /** The URL itself, or the place in Vault where it lies. */
  readonly url: string | VaultRef;
  readonly on: readonly ('failure' | 'success' | 'drill')[];
}

/** Commands of an app's own tool, word by word; see `services.<name>.repoint`. */
export interface RepointCommands {
  readonly file?: string | undefined;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly user?: string | undefined;
}

/** A place for copies elsewhere, reached by rclone. */
export interface OffsiteTarget {
  readonly name: string;
  /** Of its section in rclone.conf, `type` among them; never credentials. */
  readonly options: Readonly<Record<string, string>>;
  /** Bucket and folder there. */
  readonly remotePath: string;
  /** Vault paths below the mount, whose keys are the rest of that section: to write, and to read only. */
  readonly secret: string;
  readonly read: string;
  /** Whether retention removes there too. */
  readonly prune: boolean;
}

export interface BackupTool {
  readonly url: string;
  readonly sha256: string;
}

export interface DrillSettings {
  readonly schedule: string | null;
  /** How long a restore may take; `null`: as long as it does. */
  readonly rtoSeconds: number | null;
  readonly maxAgeSeconds: number;
  /** Run in the restored main database: the first column of the first row, as text. */
  readonly assertions: readonly { readonly sql: string; readonly expect: string }[];
}

/** What one key of an app says. */
export type SettingRole = 'host' | 'port' | 'host:port' | 'url' | 'database' | 'user' | 'password';

/** One service with every default filled in. */
export interface InventoryService {
  readonly name: string;
  readonly priority: Priority;
  /** Nomad job id. */
  readonly job: string;
  /** Preset that tells how the app is told its database; `null`: found by image or keys. */
  readonly app: string | null;
  /** Keys of an app that no preset knows; unset: its preset says them. */
  readonly settings?: Readonly<Record<string, SettingRole>>;
  /** For an app that owns its settings: how its tool is called; `null`: as its preset says. */
  readonly repoint: RepointCommands | null;
  readonly jobspec: string | null;
  readonly group: string | null;
  readonly tasks: readonly string[] | null;
  /** Databases on the shared instance, the main one first; empty: found by the live settings. */
  readonly databases: readonly string[];
  readonly role: string | null;
  /** Made in a newly provisioned database. */
  readonly extensions: readonly string[];
  readonly port: number | null;
  readonly image: string;
  readonly major: number | null;
  readonly driver: InventoryDriver;
  readonly placement: 'auto' | 'same-group' | 'own-job';
  readonly volume: { readonly kind: VolumeKind; readonly name: string };
  readonly backup: {
    readonly schedule: string;
    /** IANA name. */
    readonly zone: string;
    readonly keep: { readonly last: number; readonly daily: number; readonly weekly: number; readonly monthly: number };
    readonly volume: string;
    readonly offsite: readonly OffsiteTarget[];
    /** `identity`: `<Vault path below the mount>#<key>` of the age key, for drills and restores. */
    readonly encrypt: { readonly recipients: readonly string[]; readonly identity: string | null } | null;
    readonly tools: { readonly rclone: BackupTool | null; readonly age: BackupTool | null };
    readonly notify: readonly NotifyTarget[];
  };
  /** `mount` + `path` as KV v2 wants them, without `data/`. */
  readonly vault: { readonly mount: string; readonly path: string; readonly key: string };
  readonly resources: { readonly postgres: Resource; readonly toolbox: Resource; readonly init: Resource };
  readonly finalize: { readonly soakSeconds: number; readonly offsite: 'required' | 'waived' };
  readonly migrate: {
    readonly maxDowntimeSeconds: number | null;
    readonly healthyDeadlineSeconds: number;
    readonly lockWaitSeconds: number;
  };
  readonly drill: DrillSettings;
  readonly drift: 'refuse' | 'warn';
}

/** `dbctl.yaml`, checked and with defaults merged; plain JSON. */
export interface Inventory {
  readonly path: string;
  readonly sha256: string;
  readonly vault: { readonly mount: string; readonly prefix: string; readonly role: string | null };
  readonly shared: {
    readonly job: string;
    readonly task: string;
    readonly service: string;
    /** Vault path of the shared instance's admin password, below the mount. */
    readonly admin: string;
    readonly jobspec: string | null;
    /** As `defaults` say. */
    readonly backup: InventoryService['backup'];
  };
  readonly ports: { readonly from: number };
  /** In the order of the file. */
  readonly services: readonly InventoryService[];
}
