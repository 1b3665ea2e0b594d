import { createHash } from 'node:crypto';
import { programs } from '../engines/postgres/scripts.js';
import type { InventoryService } from '../inventory/types.js';
import type { BackupPart, DatabasePart } from './types.js';

/** What the toolbox needs to know to back up by itself; of credentials only that there are some. */
export const backupPart = ({ backup, migrate }: InventoryService): BackupPart => ({
  programs: programs().sha,
  schedule: backup.schedule,
  zone: backup.zone,
  keep: backup.keep,
  lockWaitSeconds: migrate.lockWaitSeconds,
  offsite: backup.offsite.map(({ name, options, remotePath, prune }) => ({ name, options, remotePath, prune })),
  recipients: backup.encrypt?.recipients ?? [],
  tools: toolsPin(backup.tools),
  notify: backup.notify.map(({ kind, on }) => ({ kind, on })),
});

/** Does anything leave the volume, copies or messages? */
export const goesElsewhere = ({
  offsite,
  notify,
}: {
  readonly offsite: readonly unknown[];
  readonly notify: readonly unknown[];
}): boolean => offsite.length + notify.length > 0;

/** Names their folder on the backup volume by what they were checked against. */
export const toolsPin = ({ rclone, age }: InventoryService['backup']['tools']): string =>
  createHash('sha256')
    .update(`${rclone?.sha256 ?? ''} ${age?.sha256 ?? ''}\n`)
    .digest('hex')
    .slice(0, 12);

/** Of rclone and age on the backup volume. */
export const toolsFolder = (pin: string): string => `/backups/.tools/${pin}`;

/** A toolbox by its place in Nomad's jobs. */
export type ToolboxTask = Pick<DatabasePart, 'job' | 'group' | 'toolbox'>;

/** The task's own variable in Nomad, which no other task may read. Its items are `offsite_1` and `notify_1`. */
export const secretsVariable = ({ job, group, toolbox }: ToolboxTask): string =>
  `nomad/jobs/${job}/${group}/${toolbox}`;
