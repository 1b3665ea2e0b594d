import { DbctlError } from '../errors/dbctl-error.js';
import type { Inventory, InventoryService } from '../inventory/types.js';
import type { NomadJob } from '../ports/nomad.js';
import type { SharedBackup } from '../render/shared-backup-job.js';
import { fileName } from '../shared/file-name.js';
import { backupPart, type ToolboxTask } from './backup-part.js';
import { isInConsul } from './consul-services.js';
import type { SourceFacts, VolumeFacts } from './facts.js';
import { targetImage, targetMajor } from './image.js';
import { BACKUP_ROLE, sharedToolbox, TASKS, vaultApiPath, volumeLabel } from './names.js';
import type { DatabasePart } from './types.js';

export interface SharedBackupFacts {
  readonly source: SourceFacts;
  readonly job: NomadJob;
  readonly volumes: readonly VolumeFacts[];
  /** Whether Nomad's or Consul's catalogue knows the server. */
  readonly registered: boolean;
  /** First digits of the programs' SHA-256. */
  readonly programs: string;
}

/**
 * The job that backs up the shared instance, decided from facts: driver, image and settings are those of the services, the
 * node is the one that has the backup volume, the server's own before another. Pure. Throws USAGE without services.
 */
export function sharedBackup(inventory: Inventory, facts: SharedBackupFacts, jobId: string): SharedBackup {
  const like = likeOf(inventory);
  const { source, job } = facts;
  return {
    jobId,
    namespace: job.Namespace ?? 'default',
    datacenters: Array.isArray(job['Datacenters']) ? job['Datacenters'].map(String) : ['*'],
    nodeId: like.volume.kind === 'csi' ? undefined : backupNode(like.backup.volume, facts),
    server: {
      job: inventory.shared.job,
      registered: facts.registered
        ? { with: isInConsul(job, inventory.shared.service) ? 'consul' : 'nomad', service: inventory.shared.service }
        : null,
      ...{ address: source.address, port: source.port, user: adminUser(inventory, job) },
    },
    driver: like.driver,
    image: targetImage(like, source),
    major: targetMajor(like, source),
    backupVolume: {
      label: volumeLabel(like.backup.volume),
      kind: like.volume.kind === 'ephemeral' ? 'dynamic' : like.volume.kind,
      source: like.backup.volume,
    },
    vault: { path: vaultApiPath(inventory.vault.mount, inventory.shared.admin), key: 'password', role: BACKUP_ROLE },
    resources: like.resources.toolbox,
    settings: settingsOf(inventory, like, facts.programs),
    elsewhere: backupPart(like),
  };
}

/** The first service shows the defaults of the inventory; how to back up is never taken from a service's own words. */
export function likeOf(inventory: Inventory): InventoryService {
  const [first] = inventory.services;
  if (first) return asShared(inventory, first);
  throw new DbctlError('USAGE', 'the inventory has no service, whose settings the backups would follow', {
    where: inventory.path,
    next: 'dbctl init',
  });
}

/** A service with the settings by which the shared instance is backed up. */
export const asShared = ({ shared, vault }: Inventory, service: InventoryService): InventoryService => ({
  ...service,
  backup: shared.backup,
  vault: { ...service.vault, mount: vault.mount },
});

export const backupNode = (
  volume: string,
  { volumes, source }: Pick<SharedBackupFacts, 'volumes' | 'source'>,
): string => {
  const there = volumes.filter(({ name }) => name === volume).map(({ nodeId }) => nodeId);
  return there.includes(source.nodeId) ? source.nodeId : (there[0] ?? source.nodeId);
};

/** As the official image names it; who else would have made the server? */
const adminUser = ({ shared }: Inventory, job: NomadJob): string =>
  job.TaskGroups.flatMap(({ Tasks }) => Tasks).find(({ Name }) => Name === shared.task)?.Env?.['POSTGRES_USER'] ??
  'postgres';

const settingsOf = ({ shared }: Inventory, like: InventoryService, programs: string): SharedBackup['settings'] => ({
  SHARED: '1',
  SERVICE: fileName(shared.job),
  SERVICE_DIR: `/backups/${fileName(shared.job)}`,
  PROGRAMS: programs,
  SCHEDULE: like.backup.schedule,
  ZONE: like.backup.zone,
  KEEP_LAST: String(like.backup.keep.last),
  KEEP_DAILY: String(like.backup.keep.daily),
  KEEP_WEEKLY: String(like.backup.keep.weekly),
  KEEP_MONTHLY: String(like.backup.keep.monthly),
  LOCK_WAIT: String(like.migrate.lockWaitSeconds),
});

/** What the running job is made of, for what works beside it; an error for one that dbctl did not make. */
export function sharedToolsPart(job: NomadJob, service: string): SharedToolsPart | DbctlError {
  const [group] = job.TaskGroups;
  const task = group?.Tasks.find(({ Name }) => Name === TASKS.toolbox);
  const [volume] = Object.entries(group?.Volumes ?? {});
  if (!task || !volume)
    return new DbctlError('JOBSPEC_UNSUPPORTED', 'the job is not the one that dbctl made', {
      where: `job ${job.ID}`,
      next: 'dbctl backup deploy-shared',
    });
  const [label, { Type, Source }] = volume;
  const image = task.Config?.['image'];
  return {
    ...{ service, ...sharedToolbox(job.ID), driver: task.Driver as DatabasePart['driver'] },
    ...(typeof image === 'string' ? { image } : {}),
    backupVolume: { label, kind: Type === 'csi' ? 'csi' : 'dynamic', source: Source },
  };
}

type SharedToolsPart = ToolboxTask & Pick<DatabasePart, 'service' | 'driver' | 'image' | 'backupVolume'>;
