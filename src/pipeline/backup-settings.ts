import type { InventoryService } from '../inventory/types.js';
import { fileName } from '../shared/file-name.js';

/** Where a service's sets, programs and receipts lie on the backup volume. */
export const serviceDir = (service: string): string => `/backups/${service}`;

/**
 * Settings of backup.sh for a job that was rendered before it got a `backup.env` of its own: what the inventory says, without
 * copies elsewhere and messages, for whose credentials such a job has no place.
 */
export const backupSettings = (
  service: InventoryService,
  databases: readonly string[],
  programs: string,
): Readonly<Record<string, string>> => ({
  CONFIG: '/dev/null',
  SERVICE: service.name,
  SERVICE_DIR: serviceDir(service.name),
  PROGRAMS: programs,
  SCHEDULE: '',
  ZONE: 'UTC',
  ...databaseSettings(databases),
  KEEP_LAST: String(service.backup.keep.last),
  KEEP_DAILY: String(service.backup.keep.daily),
  KEEP_WEEKLY: String(service.backup.keep.weekly),
  KEEP_MONTHLY: String(service.backup.keep.monthly),
  LOCK_WAIT: String(service.migrate.lockWaitSeconds),
  OFFSITE: '0',
  AGE_RECIPIENTS: '',
  NOTIFY: '0',
});

/** A list as POSIX assignments: the bare plural is the count, entries are numbered from 1. */
export const numbered = (name: string, values: readonly string[]): Readonly<Record<string, string>> => ({
  [`${name}S`]: String(values.length),
  ...Object.fromEntries(values.map((value, index) => [`${name}_${index + 1}`, value])),
});

/** The databases of a set, and the folder of each in it. */
export const databaseSettings = (databases: readonly string[]): Readonly<Record<string, string>> => ({
  ...numbered('DATABASE', databases),
  ...Object.fromEntries(databases.map((database, index) => [`FOLDER_${index + 1}`, fileName(database)])),
});

/** The programs that a job's schedule runs, by the first digits of their SHA-256; `undefined` when the text names none. */
export const pinnedPrograms = (backupEnv: string): string | undefined =>
  /^PROGRAMS='?([0-9a-f]{12})'?$/m.exec(backupEnv)?.[1];
