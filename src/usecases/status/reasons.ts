import type { InventoryService } from '../../inventory/types.js';
import { isUnfinished, type Phase, verbOf } from '../../pipeline/journal.js';
import { notDue } from '../../plan/drill-due.js';
import type { BackupCatalog } from '../../report/backup-catalog.js';
import type { BackupsRow } from '../../report/backups-report.js';
import type { Reason, ReasonLevel, StatusRow } from '../../report/status-report.js';
import type { ServiceLook } from './look.js';

const WORST: readonly ReasonLevel[] = ['fail', 'warn', 'note'];

/** In the order in which somebody should look at them. */
export const worstFirst = (reasons: readonly Reason[]): Reason[] =>
  reasons.toSorted((a, b) => WORST.indexOf(a.level) - WORST.indexOf(b.level));

export function stateOf(reasons: readonly Reason[]): StatusRow['state'] {
  if (reasons.some(({ level }) => level === 'fail')) return 'fail';
  return reasons.some(({ level }) => level === 'warn') ? 'warn' : 'ok';
}

export const worstState = (states: readonly StatusRow['state'][]): StatusRow['state'] => {
  if (states.includes('fail')) return 'fail';
  return states.includes('warn') ? 'warn' : 'ok';
};

const reason = (code: string, level: ReasonLevel, text: string, next: string | null): Reason => ({
  ...{ code, level, text, next },
});

/** What the journal of the service says. */
export function journalReasons({ service, journal }: ServiceLook): Reason[] {
  const { name } = service;
  if ('why' in journal) return [reason('journal-unreadable', 'fail', journal.why, `dbctl plan ${name}`)];
  const current = journal.value;
  if (current && isUnfinished(current.phase)) {
    const text = `run ${current.run} is unfinished (${current.phase})`;
    return [reason('run-unfinished', 'fail', text, `dbctl ${verbOf(current.phase)} ${name} --resume`)];
  }
  return phaseReasons(name, current?.phase);
}

function phaseReasons(name: string, phase: Phase | undefined): Reason[] {
  switch (phase) {
    case undefined:
    case 'undone':
    case 'rolled-back':
      return [reason('not-migrated', 'warn', 'it has no database of its own', `dbctl migrate ${name}`)];
    case 'migrated':
      return [reason('undo-open', 'note', 'the old database is kept, the way back is open', `dbctl finalize ${name}`)];
    default:
      return [];
  }
}

/** Of its own server: whether it answers and holds what the run put there. */
export function serverReasons({ service, own, server }: ServiceLook): Reason[] {
  if (own === null || server === null) return [];
  if ('why' in own) return [reason('run-unknown', 'fail', own.why, `dbctl verify ${service.name}`)];
  if ('why' in server) return [reason('database-unreachable', 'fail', server.why, `dbctl logs ${service.name}`)];
  const { databases } = server.value;
  const missing = own.value.target.databases.filter(({ name }) => !databases.some((one) => one.name === name));
  return missing.map(({ name }) =>
    reason('database-missing', 'fail', `database ${name} is not on its server`, `dbctl verify ${service.name}`),
  );
}

const BACKUP: Readonly<Record<Exclude<BackupsRow['state'], 'ok'>, ReasonLevel>> = {
  late: 'warn',
  failed: 'fail',
  never: 'warn',
  unseen: 'warn',
};

/** The worst of its catalogs speaks: `null` when nothing is known of any. */
export function backupReasons(service: string, row: BackupsRow | null): Reason[] {
  if (row === null || row.state === 'ok') return [];
  const text = row.why ?? (row.state === 'late' ? 'the newest backup is older than it may be' : row.state);
  const next = row.state === 'unseen' && row.on === 'shared' ? 'dbctl backup deploy-shared' : `dbctl backup ${service}`;
  return [reason(`backup-${row.state}`, BACKUP[row.state], text, next)];
}

/** What has no set yet can be no drill's. */
export function drillReasons(service: InventoryService, catalog: BackupCatalog | null, now: Date): Reason[] {
  if (catalog === null) return [];
  const next = `dbctl drill ${service.name}`;
  const drills = catalog.drills ?? [];
  const last = drills.at(-1);
  if (last === undefined) return [reason('drill-never', 'warn', 'no backup of it was ever restored', next)];
  if (last.status !== 'ok') return [reason('drill-failed', 'fail', `the last drill ended with ${last.status}`, next)];
  const { schedule } = service.drill;
  const due = schedule !== null && notDue({ schedule, zone: service.backup.zone, drills, now }) === null;
  return due ? [reason('drill-late', 'warn', 'by its schedule a drill is due', next)] : [];
}

/** Of a service that still lives on the shared instance. */
export const sharedReasons = (service: string, problem: { code: string; text: string } | null): Reason[] =>
  problem === null ? [] : [reason(problem.code, 'warn', problem.text, `dbctl plan ${service}`)];
