import type { Inventory, InventoryService } from '../inventory/types.js';
import { backupPart } from './backup-part.js';
import { type DatabaseFacts, isUnusable, type ServiceFacts, type SourceFacts } from './facts.js';
import { targetImage, targetMajor } from './image.js';
import { serviceName, TASKS, vaultApiPath, volumeLabel } from './names.js';
import type { PlacementChoice } from './placement.js';
import type { DatabasePart, DatabaseSpec, SourceInstance } from './types.js';

/** Long enough for a fast shutdown with its checkpoint. */
export const KILL_TIMEOUT_SECONDS = 60;
/** A client's max_kill_timeout where its configuration says nothing (Nomad 1.11.1). */
export const DEFAULT_MAX_KILL_TIMEOUT_SECONDS = 30;

export const effectiveKillTimeout = (maxKillTimeoutSeconds: number | null): number =>
  Math.min(KILL_TIMEOUT_SECONDS, maxKillTimeoutSeconds ?? DEFAULT_MAX_KILL_TIMEOUT_SECONDS);

interface TargetInput {
  readonly service: InventoryService;
  readonly source: SourceFacts;
  readonly role: string;
  readonly group: string;
  readonly placement: Pick<PlacementChoice, 'kind' | 'network'>;
  readonly provider: DatabasePart['provider'];
  /** Vault role of jobs that hold a database alone. */
  readonly vaultRole: string | null;
  readonly port: number;
}

/** The database part of the app's group. Encoding and locale are those of the source, or a copy could sort differently. */
export const databasePart = (input: TargetInput): DatabasePart => {
  const { service, source } = input;
  const image = targetImage(service, source);
  return {
    service: service.name,
    ...whereOf(input),
    placement: input.placement.kind,
    provider: input.provider,
    driver: service.driver,
    ...(image === undefined ? {} : { image }),
    major: targetMajor(service, source),
    network: input.placement.network,
    port: input.port,
    task: TASKS.postgres,
    toolbox: TASKS.toolbox,
    initTask: TASKS.init,
    gateTask: TASKS.gate,
    serviceName: serviceName(service.name),
    volume: volumeOf(service.volume.kind, service.volume.name),
    backupVolume: volumeOf(service.volume.kind, service.backup.volume),
    databases: source.moving.length > 0 ? source.moving.map(specOf) : service.databases.map(unread),
    role: input.role,
    vault: { path: vaultApiPath(service.vault.mount, service.vault.path), key: service.vault.key, ...roleOf(input) },
    resources: service.resources,
    killTimeoutSeconds: KILL_TIMEOUT_SECONDS,
    purpose: 'service',
    backup: backupPart(service),
  };
};

const specOf = ({ name, encoding, collate, ctype, provider = 'c', locale = null }: DatabaseFacts): DatabaseSpec => ({
  name,
  encoding,
  collate,
  ctype,
  ...(provider === 'c' ? {} : { provider, locale }),
});

const unread = (name: string): DatabaseSpec => ({ name, encoding: 'UTF8', collate: 'C', ctype: 'C' });
/** Group of a job that holds the database alone. */
const OWN_GROUP = 'postgres';

/** Beside the app the job's own identity is the app's, which reads that path already. */
const roleOf = ({ placement, vaultRole }: TargetInput): { role?: string } =>
  placement.kind === 'own-job' && vaultRole !== null ? { role: vaultRole } : {};

const whereOf = ({ service, group, placement }: TargetInput): Pick<DatabasePart, 'job' | 'group'> =>
  placement.kind === 'own-job' ? { job: serviceName(service.name), group: OWN_GROUP } : { job: service.job, group };

// `ephemeral` is refused by a finding before anything is rendered; the type of a rendered part does not know it.
const volumeOf = (kind: InventoryService['volume']['kind'], name: string): DatabasePart['volume'] => ({
  label: volumeLabel(name),
  kind: kind === 'ephemeral' ? 'dynamic' : kind,
  source: name,
});

/** What is known of the shared instance; zeros and empty text where a finding says that it could not be read. */
export const sourceInstance = (inventory: Inventory, facts: ServiceFacts, role: string): SourceInstance => {
  const source = isUnusable(facts.source) ? null : facts.source;
  return {
    job: inventory.shared.job,
    task: inventory.shared.task,
    address: source?.address ?? '',
    port: source?.port ?? 0,
    role,
    serverVersion: source?.serverVersion ?? 0,
    systemIdentifier: source?.systemIdentifier ?? '',
    databases: (source?.moving ?? []).map((database) => ({
      ...specOf(database),
      oid: database.oid,
      sizeBytes: database.sizeBytes,
      tables: database.tables,
      extensions: database.preflight.extensions,
    })),
  };
};

/** Stands in for a source that could not be read, so that a blocked plan still shows everything else. */
export const NO_SOURCE: SourceFacts = {
  allocId: '',
  nodeId: '',
  nodeName: '',
  address: '',
  port: 0,
  serverVersion: 0,
  systemIdentifier: '',
  databases: [],
  closedDatabases: [],
  sessions: [],
  roleSessionsIn: [],
  moving: [],
  driver: '',
  image: null,
  owner: null,
};
