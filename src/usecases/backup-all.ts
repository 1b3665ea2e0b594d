import pLimit from 'p-limit';
import { DbctlError } from '../errors/dbctl-error.js';
import { readJournal } from '../pipeline/journal-store.js';
import { runId, sharedBackupJob } from '../plan/names.js';
import type { BackupAllReport, BackupAllRow, BackupReport } from '../report/backup-report.js';
import { backupAt } from './backup-at.js';
import { type BackupPlace, backupPlace, sharedPlace } from './backup-place.js';
import { bytesOf, copiesOf, rowsOf } from './backup-report.js';
import { backupStepResult } from './backup-step.js';
import type { UseCaseDeps } from './deps.js';
import { reported } from './move-report.js';
import { secondsSince } from './seconds-since.js';
import { isOnItsOwn } from './verify.js';

export interface BackupAllInput {
  /** How many at once. */
  readonly parallel: number;
}

interface Target {
  readonly name: string;
  readonly on: BackupAllRow['on'];
  readonly place: () => Promise<BackupPlace>;
}

/**
 * Every service with a database of its own, and the whole shared instance while anything is on it. One that fails never keeps
 * another from being taken; its error stands in its row. An interrupt lets those that were not begun be.
 */
export async function backupAll(deps: UseCaseDeps, { parallel }: BackupAllInput): Promise<BackupAllReport> {
  const began = deps.clock.monotonic();
  const targets = await targetsOf(deps);
  const steps = targets.map(({ name }) => ({ id: name, title: `Back up ${name}` }));
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  deps.reporter.emit({ kind: 'run-started', title: `Back up ${targets.length} databases`, run, steps });
  const limit = pLimit(parallel);
  const done = await Promise.all(targets.map((target) => limit(() => one(deps, target))));
  const rows = done.map(({ row }) => row);
  const status = rows.every((row) => row.status === 'ok') ? 'ok' : 'failed';
  deps.reporter.emit({ kind: 'run-finished', ok: status === 'ok' });
  return {
    schema: 'dbctl.backup-all/1',
    status,
    seconds: secondsSince(deps, began),
    rows,
    reports: done.flatMap(({ report }) => report ?? []),
  };
}

async function targetsOf(deps: UseCaseDeps): Promise<Target[]> {
  const { services, shared } = deps.inventory;
  const journals = await Promise.all(services.map(({ name }) => readJournal(deps.nomad, name)));
  const own = services.filter((_, index) => isOnItsOwn(journals[index]));
  const dedicated = own.map((service): Target => {
    return { name: service.name, on: 'dedicated', place: () => backupPlace(deps, service) };
  });
  const used = own.length < services.length || (await deps.nomad.job(sharedBackupJob(shared.job)))?.Stop === false;
  const rest: Target = { name: shared.job, on: 'shared', place: () => sharedPlace(deps, []) };
  return used ? [...dedicated, rest] : dedicated;
}

interface Done {
  readonly row: BackupAllRow;
  readonly report?: BackupReport;
}

async function one(deps: UseCaseDeps, { name, on, place }: Target): Promise<Done> {
  const began = deps.clock.monotonic();
  const title = `Back up ${name}`;
  try {
    deps.signal.throwIfAborted();
    const run = runId(deps.clock.now(), deps.randomBytes(4));
    const report = await backupAt(deps, await place(), { service: name, pin: false, run, progress: () => undefined });
    deps.reporter.emit({ kind: 'step-finished', result: backupStepResult(name, title, report) });
    return { row: rowOf(report), report };
  } catch (error) {
    if (!(error instanceof DbctlError)) throw error;
    const seconds = secondsSince(deps, began);
    const result = { id: name, title, status: 'failed', seconds, summary: error.message, evidence: {} } as const;
    deps.reporter.emit({ kind: 'step-finished', result });
    return { row: { service: name, on, status: 'failed', seconds, ...NOTHING, error: reported(error) } };
  }
}

const NOTHING = { sets: 0, rows: 0, bytes: 0, copies: 0 } as const;

const rowOf = (report: BackupReport): BackupAllRow => ({
  service: report.service,
  on: report.on,
  status: report.status,
  seconds: report.seconds,
  sets: report.sets.length,
  rows: rowsOf(report),
  bytes: bytesOf(report),
  copies: copiesOf(report),
  ...(report.error ? { error: report.error } : {}),
});
