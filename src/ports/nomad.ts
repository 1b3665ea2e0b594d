import type { Secret } from '../shared/secret.js';
import type { Terminal } from './terminal.js';

/** What dbctl needs of Nomad. Job and allocation JSON is Nomad's own (https://developer.hashicorp.com/nomad/api-docs). */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

export interface NomadTask {
  Name: string;
  Driver: string;
  User?: string;
  Config?: Record<string, Json> | null;
  Env?: Record<string, string> | null;
  Lifecycle?: { Hook: string; Sidecar: boolean } | null;
  Templates?: { EmbeddedTmpl?: string; DestPath?: string; Envvars?: boolean; ChangeMode?: string }[] | null;
  Resources?: { CPU?: number; MemoryMB?: number; MemoryMaxMB?: number } | null;
  KillTimeout?: number;
  KillSignal?: string;
  [key: string]: unknown;
}

export interface NomadNetwork {
  Mode?: string;
  ReservedPorts?: { Label: string; Value: number; To?: number; HostNetwork?: string }[] | null;
  DynamicPorts?: { Label: string; Value: number; To?: number; HostNetwork?: string }[] | null;
  [key: string]: unknown;
}

export interface NomadTaskGroup {
  Name: string;
  Count?: number;
  Tasks: NomadTask[];
  Networks?: NomadNetwork[] | null;
  Volumes?: Record<string, { Name: string; Type: string; Source: string; ReadOnly?: boolean }> | null;
  Update?: Record<string, Json | undefined> | null;
  EphemeralDisk?: { Sticky?: boolean; Migrate?: boolean; SizeMB?: number } | null;
  Services?: { Name: string; Provider?: string; PortLabel?: string; [key: string]: unknown }[] | null;
  [key: string]: unknown;
}

export interface NomadJob {
  ID: string;
  Name?: string;
  Namespace?: string;
  Type?: string;
  Status?: string;
  Stop?: boolean;
  Version?: number;
  JobModifyIndex?: number;
  ModifyIndex?: number;
  TaskGroups: NomadTaskGroup[];
  Update?: Record<string, Json | undefined> | null;
  Periodic?: Json;
  [key: string]: unknown;
}

/** The text a job was registered from. `Variables` holds HCL variables as `-var-file` text. */
export interface JobSource {
  readonly Source: string;
  readonly Format: 'hcl2' | 'json';
  readonly VariableFlags?: Record<string, string>;
  readonly Variables?: string;
}

export interface TaskEvent {
  Type: string;
  /** Unix nanoseconds. */
  Time: number;
  DisplayMessage?: string;
  Details?: Record<string, string>;
}

export interface TaskState {
  State: 'pending' | 'running' | 'dead';
  Failed: boolean;
  Restarts: number;
  LastRestart?: string | null;
  StartedAt?: string | null;
  FinishedAt?: string | null;
  Events: TaskEvent[];
}

export interface Allocation {
  ID: string;
  JobID: string;
  TaskGroup: string;
  NodeID: string;
  NodeName?: string;
  DesiredStatus: 'run' | 'stop' | 'evict';
  ClientStatus: 'pending' | 'running' | 'complete' | 'failed' | 'lost' | 'unknown';
  JobVersion?: number;
  CreateIndex: number;
  ModifyIndex: number;
  TaskStates: Record<string, TaskState> | null;
  DeploymentStatus?: { Healthy?: boolean | null } | null;
  [key: string]: unknown;
}

export interface Evaluation {
  ID: string;
  Status: string;
  CreateIndex?: number;
  FailedTGAllocs?: Record<string, Json> | null;
  [key: string]: unknown;
}

export interface ServiceInstance {
  ServiceName: string;
  Address: string;
  Port: number;
  AllocID: string;
  JobID: string;
  NodeID: string;
}

export interface HostVolume {
  ID: string;
  Name: string;
  NodeID: string;
  State: string;
  PluginID: string;
  HostPath?: string;
  Parameters?: Record<string, string> | null;
  Allocations?: unknown[] | null;
}

export interface HostVolumeSpec {
  readonly name: string;
  readonly nodeId: string;
  /** Plugin parameters of `mkdir`: mode, uid, gid (decimal strings). */
  readonly parameters: Record<string, string>;
  readonly accessModes: readonly string[];
}

export interface FileInfo {
  Name: string;
  IsDir: boolean;
  Size: number;
}

/** The end of one alloc exec. `lost` means unknown: the remote command may still run. */
export type ExecResult =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'lost'; readonly reason: string; readonly stdout: string; readonly stderr: string };

export interface ExecRequest {
  readonly allocId: string;
  readonly task: string;
  /** Fixed text only: Nomad logs it in clear and puts it in the URL. */
  readonly argv: readonly string[];
  /** Data for the command, secrets included; sent over the socket, never logged by Nomad. */
  readonly stdin?: string;
  /** stdin stays open until this line has been seen on stdout, so that no trailing output is lost (hashicorp/nomad#27146). */
  readonly until?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A command on a terminal. */
export interface AttachRequest {
  readonly allocId: string;
  readonly task: string;
  /** As in ExecRequest. */
  readonly argv: readonly string[];
  readonly signal?: AbortSignal;
}

export type AttachResult =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'lost'; readonly reason: string };

export interface FollowRequest {
  readonly allocId: string;
  readonly task: string;
  readonly stream: 'stdout' | 'stderr';
  /** Of the end of the log, to begin with. */
  readonly bytes: number;
  readonly signal: AbortSignal;
}

export interface LockedVariable {
  readonly path: string;
  readonly lockId: string;
  readonly modifyIndex: number;
}

export interface PlainVariable {
  readonly items: Readonly<Record<string, Secret>>;
  readonly modifyIndex: number;
}

export interface VariableValue {
  readonly items: Record<string, string>;
  readonly modifyIndex: number;
  readonly locked: boolean;
}

export interface JobsPort {
  /** `maxKillTimeoutSeconds`: of the agent that was asked; `null` when it is no client, or does not tell. */
  agentSelf(): Promise<{ version: string; region: string; address: string; maxKillTimeoutSeconds: number | null }>;
  listJobs(): Promise<{ ID: string; Type: string; Status: string; Stop: boolean }[]>;
  parseJob(source: JobSource): Promise<NomadJob>;
  job(id: string): Promise<NomadJob | undefined>;
  /** Every version that Nomad keeps of every job, stopped ones too, in every namespace that the token may read. */
  allVersions(): Promise<NomadJob[]>;
  /** The text the given version was registered from; `undefined` when Nomad has none. */
  submission(id: string, version: number): Promise<JobSource | undefined>;
  planJob(job: NomadJob): Promise<Record<string, Json>>;
  validateJob(job: NomadJob): Promise<{ errors: string[]; warnings: string }>;
  /** Compare-and-set by `enforceIndex` (0 = must not exist). A mismatch throws JOB_CHANGED. */
  registerJob(
    job: NomadJob,
    options: { enforceIndex: number; submission?: JobSource },
  ): Promise<{ evalId: string; jobModifyIndex: number }>;
  /** Only for dbctl's own throwaway jobs: deregister has no compare-and-set. Absent is success. */
  purgeJob(id: string): Promise<void>;
  evaluation(id: string): Promise<Evaluation | undefined>;
}

export interface AllocsPort {
  allocations(jobId: string): Promise<Allocation[]>;
  allocation(id: string): Promise<Allocation | undefined>;
  /** Blocking query: answers when the job's allocations changed after `index`, or after `waitMs`. */
  watchAllocations(
    jobId: string,
    index: number,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<{ index: number; allocations: Allocation[] }>;
  /** Latest status of the group's and tasks' service checks, Nomad provider. */
  checks(allocId: string): Promise<{ service: string; check: string; status: 'success' | 'failure' | 'pending' }[]>;
  exec(request: ExecRequest): Promise<ExecResult>;
  /** With a terminal in the task that is tied to the operator's own, keys and size; throws as `exec`. */
  attach(request: AttachRequest, terminal: Terminal): Promise<AttachResult>;
  readFile(allocId: string, path: string): Promise<string | undefined>;
  listFiles(allocId: string, path: string): Promise<FileInfo[]>;
  /** Tail of a task's log. */
  taskLog(allocId: string, task: string, stream: 'stdout' | 'stderr', bytes: number): Promise<string>;
  /** The tail of a log and what comes after it, until `signal` says so or Nomad ends it. Throws NOMAD_UNAVAILABLE when it breaks. */
  followLog(request: FollowRequest, take: (bytes: Buffer) => void): Promise<void>;
}

export interface ClusterPort {
  nodes(): Promise<{ ID: string; Name: string; Status: string; SchedulingEligibility: string }[]>;
  node(id: string): Promise<Record<string, Json>>;
  nodeAllocations(nodeId: string): Promise<Allocation[]>;
  service(name: string): Promise<ServiceInstance[]>;
  hostVolumes(): Promise<HostVolume[]>;
  /** Ids of the CSI volumes that can be scheduled now. */
  csiVolumes(): Promise<string[]>;
  createHostVolume(spec: HostVolumeSpec): Promise<HostVolume>;
  /** Absent is success. */
  deleteHostVolume(id: string): Promise<void>;
}

export interface VariablesPort {
  variable(path: string): Promise<VariableValue | undefined>;
  /** Throws RUN_LOCKED when another holder has it. The same lock id re-acquires at once. */
  acquireLock(path: string, options: { ttlMs: number; delayMs: number; lockId?: string }): Promise<LockedVariable>;
  renewLock(lock: LockedVariable): Promise<void>;
  releaseLock(lock: LockedVariable): Promise<void>;
  /** Fenced write: throws LOCK_LOST when the lock is no longer ours. Keeps the TTL. */
  writeLocked(lock: LockedVariable, items: Record<string, string>): Promise<LockedVariable>;
  /** Of a variable that is never locked, such as a task's own. */
  plainVariable(path: string): Promise<PlainVariable | undefined>;
  /** Replaces all items. Compare-and-set by `modifyIndex` (0 = must not exist). A mismatch throws VARIABLE_CHANGED. */
  writePlain(path: string, items: Readonly<Record<string, Secret>>, modifyIndex: number): Promise<void>;
}

export type NomadPort = JobsPort & AllocsPort & ClusterPort & VariablesPort;
