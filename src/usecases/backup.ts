import { DbctlError } from '../errors/dbctl-error.js';
import { BACKUP_STEP } from '../pipeline/backup-run.js';
import type { JobContext } from '../pipeline/toolbox-job.js';
import { runId } from '../plan/names.js';
import type { BackupReport } from '../report/backup-report.js';
import type { StepResult } from '../report/report.js';
import { backupAt } from './backup-at.js';
import { backupPlace } from './backup-place.js';
import { backupStepResult } from './backup-step.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';

export interface BackupInput {
  readonly service: string;
  /** Retention never removes the new set. */
  readonly pin: boolean;
}

/** Makes a backup of one service now. Throws as `backupRun` and `backupPlace` do; a copy elsewhere that failed is told in the report. */
export async function backup(deps: UseCaseDeps, input: BackupInput): Promise<BackupReport> {
  const { service } = input;
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  const title = `Back up ${service}`;
  const steps = [{ id: BACKUP_STEP, title }];
  const began = deps.clock.monotonic();
  deps.reporter.emit({ kind: 'run-started', title, run, steps });
  deps.reporter.emit({ kind: 'step-started', id: BACKUP_STEP, title });
  const progress = progressOf(deps, BACKUP_STEP);
  try {
    const place = await backupPlace(deps, requireService(deps, service));
    const report = await backupAt(deps, place, { service, pin: input.pin, run, progress });
    deps.reporter.emit({ kind: 'step-finished', result: backupStepResult(BACKUP_STEP, title, report) });
    return report;
  } catch (error) {
    deps.reporter.emit({ kind: 'step-finished', result: failedStep(title, error, deps.clock.monotonic() - began) });
    throw error;
  } finally {
    deps.reporter.emit({ kind: 'run-finished', ok: true });
  }
}

const failedStep = (title: string, error: unknown, ms: number): StepResult => ({
  id: BACKUP_STEP,
  title,
  status: 'failed',
  seconds: Math.round(ms) / 1000,
  summary: error instanceof DbctlError ? error.message : 'failed',
  evidence: {},
});

const progressOf =
  ({ reporter }: UseCaseDeps, id: string): JobContext['progress'] =>
  (text, done, total) =>
    reporter.emit({
      kind: 'step-progress',
      id,
      text,
      ...(done === undefined ? {} : { done }),
      ...(total === undefined ? {} : { total }),
    });
