/** Everything the plan is decided from. Plain JSON, read once by `usecases/collect-facts.ts`; never a secret. */
import type { NomadJob } from '../ports/nomad.js';
import type { Dependent, PortUse, SettingChange } from './types.js';

/** A file or text that could not be used, in words. */
export interface Unusable {
  readonly code: string;
  readonly text: string;
  readonly next: string;
}

export interface AllocationFacts {
  readonly id: string;
  readonly group: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly jobVersion: number;
  /** Address of the allocation's network, as other hosts see it; `null` without a network. */
  readonly address: string | null;
  /** `pending`, `running` or `unknown`: allocations that may still hold things. */
  readonly clientStatus: string;
  /** Tasks that do not run yet, or not again yet. */
  readonly pendingTasks: readonly string[];
}

/** MHz and MiB. `free` = what the node has, less its reserve, less what live allocations hold. */
export interface NodeFacts {
  readonly id: string;
  readonly name: string;
  readonly eligible: boolean;
  readonly nomadVersion: string;
  readonly drivers: readonly string[];
  readonly volumePlugins: readonly string[];
  readonly hostVolumes: readonly string[];
  readonly free: { readonly cpu: number; readonly memory: number };
  /** The client's max_kill_timeout; `null` when Nomad does not tell (it is in no node attribute). */
  readonly maxKillTimeoutSeconds: number | null;
}

/** Free bytes of the file system below the app's allocation, where Nomad keeps dynamic host volumes unless told otherwise. */
export interface DiskFacts {
  readonly freeBytes: number | null;
  /** Why it is not known. */
  readonly unreadable: string | null;
}

export interface VolumeFacts {
  readonly id: string;
  readonly name: string;
  readonly nodeId: string;
  readonly state: string;
}

/** What one task of the app really sees. Only the keys that say where the database is. */
export interface AppEnvironment {
  readonly group: string;
  readonly task: string;
  readonly preset: string;
  readonly host: string | null;
  readonly port: number | null;
  /** Every key that names a database, the main one first; empty when the settings name none. */
  readonly databases: readonly string[];
  readonly role: string | null;
  /** Set when the app reads all this from a file of its own, which only its own tool changes. */
  readonly ownFile?: true;
  /** Set while the task is about to run: what a template of it computes shows once it does. */
  readonly starting?: true;
  /** Why the environment could not be read; the values are then those of the jobspec. */
  readonly unreadable: string | null;
}

export interface SessionFacts {
  readonly role: string;
  readonly application: string;
  readonly address: string;
  readonly count: number;
}

export interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  readonly verifier: 'scram-sha-256' | 'md5' | 'none' | 'unknown';
  /** Owns and uses nothing outside the service's databases. */
  readonly exclusive: boolean;
}

/** Numbers and names that decide whether the move is safe; see the findings that read them. */
export interface SourcePreflight {
  readonly preparedTransactions: readonly string[];
  readonly replicationSlots: readonly string[];
  readonly subscriptions: readonly string[];
  readonly publications: readonly string[];
  readonly extensions: readonly string[];
  readonly foreignServers: readonly string[];
  readonly tablespaces: readonly string[];
  readonly eventTriggers: readonly string[];
  readonly invalidIndexes: readonly string[];
  readonly rowSecurityTables: readonly string[];
  readonly nonDeterministicCollations: readonly string[];
  readonly notValidated: readonly string[];
  readonly emptyMatviews: readonly string[];
  readonly oidColumns: readonly string[];
  /** Who holds a table so that a dump would wait: `public.results (pid 4711, role speedtest)`. */
  readonly exclusiveLocks: readonly string[];
  readonly unloggedTables: number;
  readonly largeObjects: number;
  readonly freeConnections: number;
}

export interface SourceFacts {
  readonly allocId: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly address: string;
  readonly port: number;
  readonly serverVersion: number;
  readonly systemIdentifier: string;
  /** Every database of the instance that takes connections. */
  readonly databases: readonly string[];
  /** Databases that take none (`datallowconn` off), the templates left out. */
  readonly closedDatabases: readonly string[];
  /** Client sessions on the service's databases, dbctl's own left out. */
  readonly sessions: readonly SessionFacts[];
  /** Databases in which the app's role has sessions now. */
  readonly roleSessionsIn: readonly string[];
  /** The service's own, the main one first; empty while it is not clear which are meant. */
  readonly moving: readonly DatabaseFacts[];
  readonly driver: string;
  readonly image: string | null;
  /** `postgres` user inside the source's task; `null` when it could not be read. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

export interface DatabaseFacts {
  readonly name: string;
  readonly oid: number;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly provider?: string;
  readonly locale?: string | null;
  /** Version of the collation that its indexes were built with, and the one that the server has now. */
  readonly collation?: { readonly recorded: string | null; readonly actual: string | null };
  readonly sizeBytes: number;
  readonly tables: number;
  readonly role: RoleFacts | null;
  readonly preflight: SourcePreflight;
}

/** `secret` is absent when Vault answered 404; key names are not secret. */
export interface VaultFacts {
  /** There are versions, and somebody deleted the newest. */
  readonly deleted?: true;
  readonly secret: { readonly version: number; readonly keys: readonly string[] } | null;
  /** Whether the stored password fits the role's verifier; `null` when it could not be compared. */
  readonly fits: boolean | null;
  /** A value that is there but no password: empty, or with a line break that no settings line can hold. */
  readonly flaw: 'empty' | 'line-break' | null;
}

/** The app's jobspec with the database in it, as Nomad would run it. */
export interface FinalJobFacts {
  readonly settings: readonly SettingChange[];
  readonly plan: {
    /** Groups that cannot be placed, in Nomad's words. */
    readonly failures: readonly string[];
    readonly warnings: string;
    /** One line per group: `speedtest: 1 create/destroy update`. */
    readonly summary: readonly string[];
  };
}

export interface JobspecFacts {
  readonly path: string;
  readonly job: NomadJob;
  /** The same without the part of dbctl that lies in the file already, where there is one. */
  readonly plain?: NomadJob;
}

export interface ServiceFacts {
  readonly service: string;
  /** As Nomad runs it; `null` when Nomad does not know the job. */
  readonly job: NomadJob | null;
  /** The running job under the id that a database of its own would get; `null` when there is none. */
  readonly ownJob: NomadJob | null;
  /** The operator's file as Nomad parses it, or why not. */
  readonly file: JobspecFacts | Unusable;
  /** Whether Nomad's stored text parses to the running job; `null` = there is none. */
  readonly submissionMatches: boolean | null;
  readonly allocations: readonly AllocationFacts[];
  /** Where the app's group runs; `null` when it does not run. */
  readonly node: NodeFacts | null;
  readonly ports: readonly PortUse[];
  /** TCP ports that anything at all listens on, where the app's group sees its node's own network. */
  readonly listening: readonly number[];
  readonly disk: DiskFacts;
  /** Id of the data volume that an earlier run of this service made; `null` when none did. */
  readonly ownVolume: string | null;
  /** Other services of the inventory whose jobs name the same database on the shared instance. */
  readonly sharedWith: readonly { readonly service: string; readonly database: string }[];
  readonly volumes: readonly VolumeFacts[];
  /** Ids of the CSI volumes that can be scheduled. */
  readonly csiVolumes: readonly string[];
  /** Why the checks of the app cannot be read; absent when they can. */
  readonly checks?: Unusable;
  readonly app: readonly AppEnvironment[];
  readonly source: SourceFacts | Unusable;
  readonly vault: VaultFacts;
  readonly dependents: readonly Dependent[];
  /** `null` in the first pass, before the jobspec is rendered. */
  readonly finalJob: FinalJobFacts | Unusable | null;
}

export const isUnusable = (value: object | null): value is Unusable =>
  value !== null && 'code' in value && 'text' in value;
