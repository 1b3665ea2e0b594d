import { lastLogLines } from '../dataplane/wait-run.js';
import type { ErrorCode } from '../errors/codes.js';
import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { BackupKind } from '../report/backup-catalog.js';
import type { Toolbox } from './live.js';
import { type JobContext, toolboxJob } from './toolbox-job.js';
import type { EnvValue } from './toolbox-run.js';

export const BACKUP_STEP = 'backup';
export const MANUAL_RUNS = 'manual-';

/** Seconds for a backup of the schedule that is under way; longer ones are told as BACKUP_RUNNING. */
const OVERLAP_WAIT = '600';

export interface BackupRunOptions {
  readonly service: string;
  readonly run: string;
  readonly script: 'backup.sh' | 'shared.sh';
  readonly kind: BackupKind;
  readonly pin: boolean;
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly total: number;
}

export interface BackupEnd {
  readonly exit: number;
  /** The last lines of a run that did not end well. */
  readonly log: readonly string[];
}

/**
 * Makes one backup in the toolbox and waits for it, whatever comes of it. Needs no lock of the service: two at once are kept
 * apart where the data is. Throws INTERRUPTED, and it goes on by itself then; else as `toolboxJob` does.
 */
export async function backupRun(ctx: JobContext, toolbox: Toolbox, options: BackupRunOptions): Promise<BackupEnd> {
  const { service, run, script, kind, pin, total } = options;
  const env = { RUN: run, ...options.env, KIND: kind, PIN: pin ? '1' : '0', OVERLAP_WAIT };
  const job = { run: `${MANUAL_RUNS}${run}`, step: BACKUP_STEP, script, env, total };
  const { ref, status } = await toolboxJob(ctx, toolbox, job).catch((error: unknown) => left(error, service));
  return { exit: status.exit, log: status.exit === 0 ? [] : await lastLogLines(ctx, ref) };
}

function left(error: unknown, service: string): never {
  if (!isDbctlError(error, 'INTERRUPTED')) throw error;
  throw new DbctlError('INTERRUPTED', 'dbctl waits no longer; a backup that was begun goes on in the toolbox', {
    where: `service ${service}`,
    next: `dbctl backups ${service} shows how it ends`,
    cause: error,
  });
}

const EXIT_CODES: Readonly<Record<number, ErrorCode>> = {
  21: 'ARTIFACT_CORRUPT',
  25: 'CLIENT_TOO_OLD',
  27: 'BACKUP_RUNNING',
  28: 'OFFSITE_FAILED',
};

/** What an exit code of backup.sh means; `undefined` when all is well. `said`: why, by those who know. */
export function backupFailure(
  { exit, log }: BackupEnd,
  service: string,
  said: readonly string[],
): DbctlError | undefined {
  const where = `service ${service}`;
  const code = EXIT_CODES[exit] ?? 'TOOLBOX_FAILED';
  const details = said.length > 0 ? said : log;
  if (exit === 0) return undefined;
  if (code === 'BACKUP_RUNNING')
    return new DbctlError(code, 'another backup of this service is being made', {
      where,
      next: `dbctl backups ${service} shows how it ends`,
    });
  if (code === 'OFFSITE_FAILED')
    return new DbctlError(code, 'the backup is on its volume, a copy of it elsewhere failed', {
      where,
      details,
      next: `the next backup sends it again; now: dbctl backup ${service}`,
    });
  return new DbctlError(code, `the backup ended with ${exit}`, { where, details });
}
