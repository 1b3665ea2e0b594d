/** What doctor's checks are decided from. Plain JSON, read once by `usecases/doctor/`; never a secret. */
import type { Inventory } from '../../inventory/types.js';
import type { Allocation, HostVolume, NomadJob } from '../../ports/nomad.js';
import type { BackupsRow } from '../../report/backups-report.js';
import type { JobDifference } from '../drift.js';
import type { AppEnvironment, NodeFacts, Unusable } from '../facts.js';
import type { PortUse } from '../types.js';

/** One source of facts. One that could not be read says why, and the checks that need it say so too. */
export type Seen<T> = { readonly value: T } | { readonly gap: Unusable };

export interface NomadReach {
  readonly address: string | null;
  /** Why Nomad cannot be used; `null` when it can. */
  readonly problem: Unusable | null;
}

export interface VaultReach {
  /** Why Vault gives no answer about itself; `null` when it does, sealed or not. */
  readonly problem: Unusable | null;
  readonly sealed: boolean;
  readonly version: string;
}

export interface VaultToken {
  /** Why the token cannot be used; `null` when it can. */
  readonly problem: Unusable | null;
  /** 0 is one that never ends. */
  readonly ttlMs: number;
  readonly renewable: boolean;
  /** What it may do, by the API path; `null` where Vault does not tell it that. */
  readonly may: Readonly<Record<string, readonly string[]>> | null;
  /** Storage that is gone with the process: a dev server, as in a lab. */
  readonly inMemory: boolean;
}

export interface WorkloadPolicy {
  readonly name: string;
  /** `null`: Vault has none of that name. */
  readonly text: string | null;
}

export interface DoctorNode extends NodeFacts {
  /** `ready`, `down`, `disconnected`, `initializing`. */
  readonly status: string;
  readonly eligibility: string;
  /** Version of the Vault that the client has found; `null` when it has found none. */
  readonly vault: string | null;
  /** Drivers that are there but not well, with what they say. */
  readonly sickDrivers: readonly { readonly name: string; readonly says: string }[];
}

export interface ClusterLook {
  readonly nodes: readonly DoctorNode[];
  /** Every job that is not stopped. */
  readonly jobs: readonly NomadJob[];
  /** Whole allocations, those that ended too, as long as Nomad keeps them. */
  readonly allocations: readonly Allocation[];
  readonly ports: readonly PortUse[];
  readonly volumes: readonly HostVolume[];
  /** The client's max_kill_timeout in seconds, of the agent that was asked; `null` when it does not tell. */
  readonly maxKillTimeout: number | null;
}

/** What a closed old database is recorded as. */
export interface RecordedTombstone {
  readonly database: string;
  readonly oid: number;
  readonly systemIdentifier: string;
  readonly tombstone: string;
}

export interface JournalLook {
  readonly service: string;
  /** Why it cannot be read. */
  readonly problem: string | null;
  readonly run: string | null;
  /** `null`: dbctl never did anything for the service. */
  readonly phase: string | null;
  readonly startedAt: string | null;
  /** The command that goes on with it; `null` when nothing is unfinished. */
  readonly resume: string | null;
  /** Somebody holds the lock now. */
  readonly locked: boolean;
  /** The service has a database of its own. */
  readonly own: boolean;
  readonly settledAt: string | null;
  readonly systemIdentifier: string | null;
  readonly tombstones: readonly RecordedTombstone[];
  readonly dataVolume: string | null;
}

export interface ServerDatabase {
  readonly name: string;
  readonly oid: number;
  readonly owner: string;
  readonly open: boolean;
  readonly connLimit: number;
  readonly bytes: number;
  /** Transactions since the last freeze; PostgreSQL stops at 2 billion. */
  readonly frozenAge: number;
  readonly collation: { readonly recorded: string | null; readonly actual: string | null };
  readonly checksumFailures: number;
}

export interface ServerRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly login: boolean;
  readonly verifier: 'scram' | 'md5' | 'none' | 'unknown';
  readonly validUntil: string | null;
}

/** One server as it tells of itself, over its own socket. */
export interface ServerSql {
  /** server_version_num. */
  readonly version: number;
  readonly systemIdentifier: string;
  readonly databases: readonly ServerDatabase[];
  readonly roles: readonly ServerRole[];
  readonly connections: { readonly max: number; readonly reserved: number; readonly used: number };
  readonly settings: Readonly<Record<string, string>>;
  /** Settings of the files that are not those in force; `setting` is in force. */
  readonly pendingRestart: readonly { readonly name: string; readonly setting: string }[];
  /** Lines of pg_hba.conf that let somebody in over TCP without a password. */
  readonly trust: readonly string[];
  readonly hbaErrors: readonly string[];
  readonly prepared: readonly { readonly gid: string; readonly database: string; readonly seconds: number }[];
  readonly slots: readonly { readonly name: string; readonly active: boolean; readonly bytes: number }[];
  readonly idle: readonly {
    readonly pid: number;
    readonly role: string;
    readonly database: string;
    readonly seconds: number;
  }[];
  /** Of clients, dbctl's own left out. */
  readonly sessions: readonly { readonly role: string; readonly database: string; readonly count: number }[];
  /** Of a dedicated server: what the gate waits for. */
  readonly markers: readonly { readonly service: string; readonly database: string; readonly state: string }[];
}

/** What a shell in the server's task sees. `null`: it could not be told. */
export interface ServerFiles {
  /** Unix seconds there, and the nearest that they can have been here: a difference is a skew. */
  readonly clock: { readonly task: number; readonly here: number } | null;
  readonly uid: number | null;
  readonly data: string | null;
  readonly owner: number | null;
  /** Octal, `700`. */
  readonly mode: string | null;
  readonly mount: { readonly point: string; readonly type: string; readonly options: string } | null;
  readonly freeKb: number | null;
  readonly usedPercent: number | null;
  readonly pgVersion: string | null;
  readonly libc: string | null;
  /** That the volume was made under, as the entry script noted. */
  readonly madeUnder: string | null;
  readonly serverMajor: number | null;
  readonly dumpMajor: number | null;
}

export interface ServerLook {
  /** `null`: the shared instance. */
  readonly service: string | null;
  readonly job: string;
  readonly task: string;
  readonly allocId: string | null;
  readonly sql: Seen<ServerSql>;
  readonly files: Seen<ServerFiles>;
}

/** Code of the gap where the shared instance used to be, once every service has moved. */
export const SHARED_GONE = 'SHARED_GONE';

export interface AppLook {
  readonly service: string;
  readonly environments: readonly AppEnvironment[];
  /** Whether the password that a running task was given is Vault's of now; `null` where it could not be compared. */
  readonly passwords: readonly { readonly task: string; readonly current: boolean | null }[];
}

export interface SecretLook {
  readonly service: string;
  readonly path: string;
  readonly key: string;
  /** Why Vault did not give it. */
  readonly problem: Unusable | null;
  readonly state: 'there' | 'absent' | 'deleted';
  readonly version: number;
  readonly keys: readonly string[];
  readonly flaw: 'empty' | 'line-break' | null;
  /** Against the role's verifier on the server the service lives on; `null`: it could not be compared. */
  readonly fits: boolean | null;
  readonly role: string | null;
}

export interface JobspecLook {
  /** `null`: the shared instance's. */
  readonly service: string | null;
  readonly job: string;
  readonly path: string | null;
  readonly problem: Unusable | null;
  readonly differences: readonly JobDifference[];
}

export interface RegisteredLook {
  /** Where clients are sent to; `null`: it is registered nowhere. */
  readonly shared: { readonly host: string; readonly port: number } | null;
  readonly failing: readonly {
    readonly job: string;
    readonly service: string;
    readonly check: string;
    readonly status: string;
  }[];
}

export interface LogLook {
  readonly job: string;
  readonly task: string;
  readonly allocId: string;
  /** The last lines, stdout then stderr; may hold anything: only known lines of it are ever shown. */
  readonly text: string;
}

export interface DrillLook {
  readonly service: string;
  readonly schedule: string | null;
  readonly last: { readonly at: string; readonly status: string; readonly seconds: number | null } | null;
  /** Why none is due; `null`: one is. */
  readonly notDue: string | null;
  readonly rtoSeconds: number | null;
}

export interface BackupsLook {
  readonly rows: readonly BackupsRow[];
  readonly drills: readonly DrillLook[];
}

export interface ConsulReach {
  /** Jobs of the inventory that register or look up there. */
  readonly jobs: readonly string[];
  readonly problem: Unusable | null;
}

/** Each source is read on its own, beside the others. */
export interface DoctorSources {
  readonly nomad: NomadReach;
  readonly vault: VaultReach;
  readonly token: VaultToken;
  readonly policy: WorkloadPolicy;
  readonly consul: ConsulReach;
  readonly cluster: ClusterLook;
  readonly journals: readonly JournalLook[];
  readonly jobspecs: readonly JobspecLook[];
  readonly registered: RegisteredLook;
  readonly shared: ServerLook;
  readonly dedicated: readonly ServerLook[];
  readonly apps: readonly AppLook[];
  readonly secrets: readonly SecretLook[];
  readonly logs: readonly LogLook[];
  readonly backups: BackupsLook;
}
export type Source = keyof DoctorSources;

/** What needs no reading. `services`: those that were asked for. */
export interface Given {
  readonly inventory: Inventory;
  readonly now: Date;
}
