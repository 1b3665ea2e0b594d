import type { Finding } from '../types.js';
import type { VaultPath } from '../vault-paths.js';
import type { TellingKind } from './tellings.js';
import type { Confidence, Engine, Gap, TaskPlace } from './types.js';

/** What is known of a database's backups, from dbctl's own catalogues alone. Ages in seconds. */
export interface Coverage {
  /** `fresh`: not older than it may be. `drilled`: a restore was tried and found equal, not too long ago. */
  readonly fresh: boolean;
  readonly drilled: boolean;
  readonly newest: { readonly id: string; readonly started: string; readonly age: number } | null;
  readonly drill: { readonly at: string; readonly age: number } | null;
  /** Off-site copies of the newest backup. */
  readonly copies: number;
}

/** `own`: the engine's, or the operator's maintenance database. `put-aside`: dbctl left it there, closed. */
export type DatabaseState = 'used' | 'unclaimed' | 'closed' | 'put-aside' | 'own';

export interface DiscoveredDatabase {
  /** As the server calls it. */
  readonly name: string;
  readonly state: DatabaseState;
  /** What says that it exists. */
  readonly why: string;
  readonly owner: string | null;
  readonly sizeBytes: number | null;
  /** Client sessions now; `null` where the server was not asked. */
  readonly sessions: number | null;
  /** Names of services that use it. */
  readonly services: readonly string[];
  /** `null` for engines that dbctl does not manage. */
  readonly backup: Coverage | null;
}

export interface DiscoveredServer extends TaskPlace {
  readonly engine: Engine;
  /** Only PostgreSQL is. */
  readonly managed: boolean;
  readonly image: string | null;
  readonly major: number | null;
  /** Names in Nomad's or Consul's catalogue. */
  readonly services: readonly string[];
  /** The first user, and what says so. */
  readonly user: { readonly name: string; readonly why: string } | null;
  /** Why it could not be asked; what is told of it is then only what its jobspec says. */
  readonly silent: string | null;
  readonly databases: readonly DiscoveredDatabase[];
}

export interface DiscoveredClient extends TaskPlace {
  /** `tool`: looks after databases and owns none. `pooler`: hands sessions on. */
  readonly role: 'app' | 'tool' | 'pooler';
  readonly kind: TellingKind;
  /** Preset that fits its settings. */
  readonly app: string | null;
  readonly keys: readonly string[];
  readonly engine: Engine | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly databases: readonly string[];
  readonly user: string | null;
  readonly server: TaskPlace | null;
  /** How that is known. */
  readonly how: string | null;
  /** Why the task could not be asked. */
  readonly unreadable: string | null;
}

export interface DiscoveredService {
  readonly name: string;
  readonly job: string;
  /** Set when the job has other services too. */
  readonly group: string | null;
  readonly tasks: readonly string[] | null;
  readonly app: string | null;
  readonly engine: Engine;
  readonly managed: boolean;
  readonly server: TaskPlace;
  /** The main one first, under the names the server knows. */
  readonly databases: readonly string[];
  readonly role: string | null;
  readonly confidence: Confidence;
  /** What was seen, one line each. */
  readonly evidence: readonly string[];
  /** Secrets that the job reads; paths only. */
  readonly vault: readonly VaultPath[];
  /** Tools that name its databases. */
  readonly tools: readonly string[];
}

export type DiscoveryFinding = Finding & { readonly where: string };

export interface Discovery {
  readonly servers: readonly DiscoveredServer[];
  readonly clients: readonly DiscoveredClient[];
  readonly services: readonly DiscoveredService[];
  readonly findings: readonly DiscoveryFinding[];
  readonly gaps: readonly Gap[];
}
