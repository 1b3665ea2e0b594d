/** Plans are plain JSON: printed, saved, compared. Never a secret, only Vault paths. */
import type { NomadJob } from '../ports/nomad.js';

export type Driver = 'docker' | 'podman' | 'exec' | 'raw_exec';
/** `none`: every task of the group sits in a network namespace of its own (docker and podman without a network mode). */
export type NetworkMode = 'host' | 'bridge' | 'none';

/** A database by its raw name, and what it has to be made with. */
export interface DatabaseSpec {
  readonly name: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `i` ICU or `b` builtin, both with `locale`; libc where left out. */
  readonly provider?: string;
  readonly locale?: string | null;
  /** A template of Nomad that gives the name at run time; `name` is then a text for people. */
  readonly lookup?: string;
}

/** How the toolbox backs up by itself. No URL of a message and no credential: those may be secrets. */
export interface BackupPart {
  /** First digits of the SHA-256 of the only programs that it may run. */
  readonly programs: string;
  /** Five cron fields, in that IANA zone. */
  readonly schedule: string;
  readonly zone: string;
  readonly keep: { readonly last: number; readonly daily: number; readonly weekly: number; readonly monthly: number };
  readonly lockWaitSeconds: number;
  readonly offsite: readonly {
    readonly name: string;
    /** Of its section in rclone.conf, `type` among them. */
    readonly options: Readonly<Record<string, string>>;
    readonly remotePath: string;
    readonly prune: boolean;
  }[];
  /** age keys; none: copies are not encrypted. */
  readonly recipients: readonly string[];
  /** Names the folder of rclone and age on the backup volume. */
  readonly tools: string;
  readonly notify: readonly { readonly kind: string; readonly on: readonly string[] }[];
}

/** What of a backup leaves the volume: copies and messages. */
export type BackupElsewhere = Pick<BackupPart, 'offsite' | 'recipients' | 'tools' | 'notify'>;

/** Everything the templates need for the database part of a task group. Names are raw; templates escape. */
export interface DatabasePart {
  readonly service: string;
  /** Nomad job and group that hold the part. */
  readonly job: string;
  readonly group: string;
  /** `same-group`: beside the app. `own-job`: the job is dbctl's own, and holds nothing else. */
  readonly placement: 'same-group' | 'own-job';
  /** Who the database is registered with. */
  readonly provider: 'nomad' | 'consul';
  readonly driver: Driver;
  /** `undefined` for exec and raw_exec. */
  readonly image?: string;
  readonly major: number;
  readonly network: NetworkMode;
  /** Port PostgreSQL listens on; see `listensOn`. Port label: `db`. */
  readonly port: number;
  readonly task: string; // postgres
  readonly toolbox: string; // db-backup
  readonly initTask: string; // db-init
  readonly gateTask: string; // db-gate
  readonly serviceName: string; // <svc>-postgres
  readonly volume: { readonly label: string; readonly kind: 'dynamic' | 'host' | 'csi'; readonly source: string };
  readonly backupVolume: { readonly label: string; readonly kind: 'dynamic' | 'host' | 'csi'; readonly source: string };
  /** What the server holds: at least one, the main one first; none only in a blocked plan. */
  readonly databases: readonly DatabaseSpec[];
  /** Owner and login of all of them. */
  readonly role: string;
  /** As `lookup` of a database. */
  readonly roleLookup?: string;
  /** KV v2 API path, e.g. `secret/data/postgres/speedtest`, and the key of the password. */
  readonly vault: {
    readonly path: string;
    readonly key: string;
    /** Role that the init task logs in with, where the job's own identity may not read the path. */
    readonly role?: string;
  };
  readonly resources: {
    readonly postgres: { readonly cpu: number; readonly memory: number };
    readonly toolbox: { readonly cpu: number; readonly memory: number };
    readonly init: { readonly cpu: number; readonly memory: number };
  };
  /** Seconds written as kill_timeout of the postgres task. */
  readonly killTimeoutSeconds: number;
  /**
   * `service` = database, toolbox, init and gate; `rehearsal` = throwaway job without gate.
   * A rehearsal never mounts the real data volume.
   */
  readonly purpose: 'service' | 'rehearsal';
  /** Made in the new database when it is provisioned; names like `vector`. */
  readonly extensions?: readonly string[];
  /** Absent in plans of older versions: nothing is scheduled then. */
  readonly backup?: BackupPart;
}

/** One change to the app's own settings inside the jobspec. */
export interface SettingChange {
  readonly task: string;
  /**
   * `env`: an attribute. `template`: a line of a template with env = true. `file`: a line of a config file that a
   * template makes, its key a dotted path. `own-file`: a file the app owns, changed by the app's own tool.
   */
  readonly place: 'env' | 'template' | 'file' | 'own-file';
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

interface FindingText {
  readonly code: string;
  readonly text: string;
}

/** Whoever is stopped is always told what to do next. */
export type Finding =
  | (FindingText & { readonly level: 'blocked'; readonly next: string })
  | (FindingText & { readonly level: 'info' | 'warn'; readonly next?: string });

export interface PortUse {
  readonly port: number;
  readonly node: string;
  readonly owner: string;
}

export interface Dependent {
  /** `session` = seen in pg_stat_activity, `job` = a jobspec that names the database. */
  readonly kind: 'session' | 'job';
  readonly name: string;
  readonly detail: string;
}

/** The shared instance, and what of it moves. */
export interface SourceInstance {
  readonly job: string;
  readonly task: string;
  readonly address: string;
  readonly port: number;
  readonly role: string;
  readonly serverVersion: number; // server_version_num
  readonly systemIdentifier: string;
  /** The main one first; none while it is not clear which are meant: the plan is then blocked. */
  readonly databases: readonly SourceDatabase[];
}

export interface SourceDatabase extends DatabaseSpec {
  readonly oid: number;
  readonly sizeBytes: number;
  readonly tables: number;
  readonly extensions: readonly string[];
}

export interface ServicePlan {
  readonly service: string;
  readonly priority: 'high' | 'medium' | 'low';
  readonly state: 'migrate' | 'done' | 'blocked';
  readonly job: { readonly id: string; readonly group: string; readonly jobspec: string; readonly modifyIndex: number };
  readonly app: {
    readonly preset: string;
    readonly tasks: readonly string[];
    /** Every group with such tasks; more than one only where the database has a job of its own. */
    readonly groups: readonly { readonly name: string; readonly count: number; readonly tasks: readonly string[] }[];
    readonly settings: readonly SettingChange[];
    /** Set for an app that owns its settings: the address its file had when the plan was made. */
    readonly ownAddress?: string;
  };
  readonly source: SourceInstance;
  readonly target: DatabasePart;
  readonly placement: { readonly kind: 'same-group' | 'own-job'; readonly address: string; readonly why: string };
  /** Operating-system ids of the image's postgres user: volumes are made for them. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly node: {
    readonly id: string;
    readonly name: string;
    readonly free: { readonly cpu: number; readonly memory: number };
  };
  readonly adds: { readonly cpu: number; readonly memory: number; readonly containers: number };
  /** The client's max_kill_timeout may cut the rendered kill_timeout. */
  readonly effectiveKillTimeoutSeconds: number;
  readonly nomadPlan: { readonly summary: readonly string[]; readonly warnings: string };
  readonly dependents: readonly Dependent[];
  readonly findings: readonly Finding[];
}

export interface Plan {
  readonly schema: 'dbctl.plan/2';
  readonly inventory: { readonly path: string; readonly sha256: string };
  readonly services: readonly ServicePlan[];
  readonly ports: readonly PortUse[];
}

export type { NomadJob };
