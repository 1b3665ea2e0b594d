import type { BackupReport } from '../report/backup-report.js';
import type { StepResult } from '../report/report.js';
import { copiesOf } from './backup-report.js';

/** The line of a finished backup. */
export const backupStepResult = (id: string, title: string, report: BackupReport): StepResult => {
  const databases = report.sets.flatMap((set) => set.databases.map(({ database }) => database));
  const copies = copiesOf(report);
  const where = copies === 0 ? '' : `, ${copies} off-site`;
  return {
    id,
    title,
    status: report.status === 'ok' ? 'ok' : 'failed',
    seconds: report.seconds,
    summary: report.error?.message ?? `${databases.join(', ')}${where}`,
    evidence: { sets: report.sets.map((set) => set.id) },
  };
};
