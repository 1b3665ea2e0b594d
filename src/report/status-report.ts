import type { DrillRecord } from './backup-catalog.js';
import type { BackupState, ServiceSets } from './backups-report.js';
import type { ProofFacts } from './proof-report.js';

/** `note` is worth knowing and nothing to mend; a row is as bad as the worst of its reasons. */
export type ReasonLevel = 'fail' | 'warn' | 'note';

/** Why a service is not simply `ok`. Codes are stable, in kebab-case. */
export interface Reason {
  readonly code: string;
  readonly level: ReasonLevel;
  readonly text: string;
  /** The command that mends it, or tells more. */
  readonly next: string | null;
}

/** `between`: a run is unfinished, so neither side can be called the service's own. `unknown`: the journal cannot be read. */
export interface StatusPlace {
  readonly on: 'dedicated' | 'shared' | 'between' | 'unknown';
  readonly job: string;
  /** As the app is told it; `null` where that is not known. */
  readonly address: string | null;
}

/** One service. `null` = not known, or nothing of the kind. Ages in seconds, instants ISO 8601 UTC. */
export interface StatusRow {
  readonly service: string;
  readonly where: StatusPlace;
  /** server_version_num. */
  readonly version: number | null;
  /** Of its databases on the server. */
  readonly bytes: number | null;
  /** Clients on its databases now, dbctl left out. */
  readonly sessions: number | null;
  readonly backup: {
    readonly state: BackupState;
    readonly age: number | null;
    readonly maxAge: number;
    readonly why: string | null;
  } | null;
  readonly drill: {
    readonly at: string;
    readonly age: number;
    readonly status: string;
    readonly seconds: number | null;
  } | null;
  readonly state: 'ok' | 'warn' | 'fail';
  /** The worst first. */
  readonly reasons: readonly Reason[];
}

export interface StatusDatabase {
  readonly name: string;
  readonly bytes: number;
  readonly sessions: number;
  /** Closed to everybody: what a move has put aside. */
  readonly open: boolean;
}

/** On the shared instance, and in no service's name. */
export interface OrphanDatabase extends StatusDatabase {
  /** Since `since`; `null` before PostgreSQL 14. */
  readonly sessionsSeen: number | null;
  readonly since: string | null;
}

export interface SharedStatus {
  readonly job: string;
  /** `gone`: Nomad does not know the job, or it was stopped for good. */
  readonly state: 'ok' | 'unreadable' | 'gone';
  readonly why: string | null;
  readonly version: number | null;
  readonly sessions: number | null;
  readonly maxConnections: number | null;
  /** Those that services of the inventory use. */
  readonly used: readonly StatusDatabase[];
  /** Kept by moves until they are finalized. */
  readonly keptAside: readonly StatusDatabase[];
  readonly orphans: readonly OrphanDatabase[];
}

/** The end of `dbctl status`. `exitCode` holds with --detailed-exitcode only. */
export interface StatusReport {
  readonly schema: 'dbctl.status/1';
  readonly at: string;
  readonly status: StatusRow['state'];
  readonly services: readonly StatusRow[];
  readonly shared: SharedStatus;
  readonly exitCode: 0 | 2;
}

export interface ServerStatus {
  readonly job: string;
  readonly address: string | null;
  readonly version: number;
  readonly started: string;
  /** All clients, and how many the server takes. */
  readonly sessions: number;
  readonly maxConnections: number;
}

export interface JournalStatus {
  readonly run: string;
  readonly phase: string;
  readonly startedAt: string;
  readonly settledAt: string | null;
  /** Phase of the newest restore; `null` when there was none. */
  readonly restore: string | null;
}

/** While the way back is open. */
export interface UndoStatus {
  readonly command: string;
  /** The closed old databases. */
  readonly kept: readonly string[];
  /** When the soak time is over; `null` when the move has not settled. */
  readonly finalizeFrom: string | null;
  readonly proof: ProofFacts | null;
}

/** The end of `dbctl status <service>`. */
export interface ServiceStatusReport {
  readonly schema: 'dbctl.service-status/1';
  readonly at: string;
  readonly row: StatusRow;
  readonly server: ServerStatus | null;
  readonly volumes: readonly { readonly holds: 'data' | 'backups'; readonly kind: string; readonly name: string }[];
  readonly databases: readonly StatusDatabase[];
  readonly journal: JournalStatus | null;
  readonly undo: UndoStatus | null;
  /** One per catalog: several for a service with several databases on the shared instance. */
  readonly backups: readonly ServiceSets[];
  /** Oldest first. */
  readonly drills: readonly DrillRecord[];
  readonly exitCode: 0 | 2;
}
