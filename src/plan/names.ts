import { DbctlError } from '../errors/dbctl-error.js';
import { type NameKind, nameProblem } from '../inventory/safe-names.js';

/** The tasks dbctl puts into the app's group. Fixed, so that scripts, alerts and eyes find them in every service. */
export const TASKS = { postgres: 'postgres', toolbox: 'db-backup', init: 'db-init', gate: 'db-gate' } as const;
export const TASK_NAMES: readonly string[] = Object.values(TASKS);
/** Beside them for an app that owns its settings: points it at its database before it starts. */
export const REPOINT_TASK = 'db-repoint';
export const OWN_TASKS: readonly string[] = [...TASK_NAMES, REPOINT_TASK];

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** `speedtest` → `speedtest-postgres`; Nomad service names take no underscore. */
export const serviceName = (service: string): string => `${service.replaceAll('_', '-')}-postgres`;

/** A Nomad volume's name → a label that is also a plain HCL identifier. */
export const volumeLabel = (name: string): string => {
  const label = name.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  return /^[A-Za-z_]/.test(label) ? label : `v_${label}`;
};

/** KV v2 API path: `secret/data/postgres/speedtest`. */
export const vaultApiPath = (mount: string, path: string): string => `${mount}/data/${path}`;

/** `20261120-211530-ab12`: UTC and four base32 characters. `random` holds at least 4 bytes from a CSPRNG. */
export const runId = (now: Date, random: Uint8Array): string => {
  const stamp = now.toISOString().replaceAll(/[-:]/g, '');
  const tail = [...random.slice(0, 4)].map((byte) => BASE32[byte % 32]).join('');
  if (tail.length < 4)
    throw new DbctlError('INTERNAL', 'a run id needs four random bytes', { value: String(random.length) });
  return `${stamp.slice(0, 8)}-${stamp.slice(9, 15)}-${tail}`;
};

export const RUN_ID = /^\d{8}-\d{6}-[a-z2-7]{4}$/;

export const rehearsalJobId = (service: string, run: string): string => `dbctl-rehearse-${service}-${run}`;

export const rescueJobId = (service: string, run: string): string => `dbctl-rescue-${service}-${run}`;

export const drillJobId = (service: string, run: string): string => `dbctl-drill-${service}-${run}`;

export const lookJobId = (service: string, run: string): string => `dbctl-look-${service}-${run}`;

/** Puts rclone and age on the backup volume; of the service, so that a later run finds what an earlier one left. */
export const toolsJobId = (service: string): string => `dbctl-tools-${service}`;

/** Looks which copies are elsewhere. */
export const seekJobId = (run: string): string => `dbctl-seek-${run}`;

/** File below `alloc/dbctl` that says, once rclone and age are at hand, as whom its image works: `<uid> <gid>`. */
export const SEEK_READY = 'seek.ready';

/** Backs up every database of the shared instance. */
export const sharedBackupJob = (job: string): string => `dbctl-backup-${job}`;

/** Its one task, by that job's id. */
export const sharedToolbox = (jobId: string): { job: string; group: string; toolbox: string } => ({
  ...{ job: jobId, group: 'backup', toolbox: TASKS.toolbox },
});

/** Vault role that it logs in with. */
export const BACKUP_ROLE = 'dbctl';

/** Throws NAME_UNSAFE when a name read from the cluster cannot be written back unchanged. */
export const checkName = (kind: NameKind, name: string, where: string): string => {
  const problem = nameProblem(kind, name);
  if (problem === undefined) return name;
  throw new DbctlError('NAME_UNSAFE', problem, { where, value: JSON.stringify(name) });
};
