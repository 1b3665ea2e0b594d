import type { NomadJob } from '../../ports/nomad.js';
import type { BackupCatalog } from '../../report/backup-catalog.js';
import type { AppEnvironment } from '../facts.js';
import type { AppPreset } from '../locate.js';

export type Engine = 'postgresql' | 'mysql' | 'mariadb' | 'mongodb';

/** `certain`: settings, server and sessions agree. `likely`: settings and server. `unclear`: something is in the way. */
export type Confidence = 'certain' | 'likely' | 'unclear';

export interface TaskPlace {
  readonly job: string;
  readonly group: string;
  readonly task: string;
}

/** What a task's settings say, by key. No secret: only keys that locate a database are ever read, URLs without their password. */
export interface Settings {
  readonly values: ReadonlyMap<string, string>;
  /** Why the task itself could not be asked; the values are then those its jobspec states. */
  readonly unreadable: string | null;
}

/** Where an allocation runs and which ports of its node it holds. */
export interface Spot {
  readonly allocId: string;
  readonly job: string;
  readonly group: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly address: string | null;
  readonly ports: readonly number[];
}

/** One instance of a service, by Nomad's or Consul's catalogue. */
export interface Instance {
  readonly service: string;
  readonly address: string;
  readonly port: number;
}

export interface AnsweredDatabase {
  readonly name: string;
  readonly owner: string;
  readonly sizeBytes: number;
  readonly open: boolean;
}

export interface AnsweredSessions {
  readonly database: string;
  readonly role: string;
  readonly address: string;
  readonly count: number;
}

/** What a server says of itself. `roles` and `sessions` are empty where the engine tells none without a password. */
export interface ServerAnswer {
  /** PostgreSQL's; `null` for other engines. */
  readonly systemIdentifier: string | null;
  /** server_version_num; `null` for other engines. */
  readonly version: number | null;
  readonly databases: readonly AnsweredDatabase[];
  /** Roles that may log in. */
  readonly roles: readonly string[];
  readonly sessions: readonly AnsweredSessions[];
}

export interface ServerLook extends TaskPlace {
  readonly settings: Settings;
  readonly answer: ServerAnswer | null;
  /** Why there is no answer. */
  readonly silent: string | null;
}

export interface ClientLook extends TaskPlace {
  /** By image, or by keys alone. */
  readonly preset: AppPreset | null;
  readonly settings: Settings;
  /** Values of config files, by dotted path. */
  readonly files: readonly (readonly [path: string, value: string])[];
  /** Set for an app that keeps its settings in a file, rendered or its own; read there. */
  readonly app: AppEnvironment | null;
}

/** A catalogue of backups, wherever in the cluster a toolbox of dbctl has written one. */
export interface CatalogLook {
  readonly job: string;
  readonly catalog: BackupCatalog;
}

/** Something that could not be looked at. */
export interface Gap {
  readonly source: string;
  readonly why: string;
}

/** Everything discovery is decided from. May hold secrets only inside `jobs`, as Nomad has them. */
export interface World {
  /** Those that are not stopped, without children of periodic and parameterized ones. */
  readonly jobs: readonly NomadJob[];
  readonly spots: readonly Spot[];
  readonly instances: readonly Instance[];
  readonly servers: readonly ServerLook[];
  readonly clients: readonly ClientLook[];
  readonly catalogs: readonly CatalogLook[];
  readonly gaps: readonly Gap[];
  readonly now: Date;
}
