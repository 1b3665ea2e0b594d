import type { InventoryService } from '../inventory/types.js';
import { MAX_AGE_SECONDS } from '../plan/backup-age.js';
import { nextRun } from '../plan/next-run.js';
import type { BackupCatalog } from '../report/backup-catalog.js';
import type { BackupState, BackupsRow, ServiceSets } from '../report/backups-report.js';
import type { SeenCatalog } from './seen-catalogs.js';

/** How old the newest backup may be. */
export const maxAgeOf = (
  service: (InventoryService & { readonly drill?: { readonly maxAgeSeconds?: number | null } }) | undefined,
): number => service?.drill?.maxAgeSeconds ?? MAX_AGE_SECONDS;

const SIZES = 20;
const FAILURES = 5;

/** All that a table or a metric says of one catalog. Pure. */
export function backupsRow(seen: SeenCatalog, maxAge: number, now: Date): BackupsRow {
  const { service, on, job, catalog } = seen;
  const sets = catalog?.sets ?? [];
  const last = sets.at(-1);
  const newest = last && { id: last.id, started: last.started, age: ageOf(last.started, now), bytes: last.bytes };
  const row = { service, on, job, maxAge, newest: newest ?? null, lastAttempt: catalog?.attempts.at(-1) ?? null };
  return {
    ...row,
    ...judge(row, seen),
    sets: sets.length,
    offsite: sets.filter(({ receipts }) => receipts.length > 0).length,
    targets: targetsOf(sets),
    drill: catalog?.drills?.at(-1) ?? null,
    pinned: sets.filter(({ pinned }) => pinned).length,
    sizes: sets.slice(-SIZES).map(({ bytes }) => bytes),
    next: nextOf(catalog, now),
    problem: catalog?.problem ?? null,
  };
}

/** Never below zero: a clock that jumped must not make a backup look as if it came from the future. */
const ageOf = (started: string, now: Date): number =>
  Math.max(0, Math.round((now.getTime() - Date.parse(started)) / 1000));

type Judged = Pick<BackupsRow, 'newest' | 'maxAge' | 'lastAttempt'>;

/** The worst first: what failed will not become better by waiting, what is late may. */
function judge(
  { newest, maxAge, lastAttempt }: Judged,
  { catalog, why }: SeenCatalog,
): { state: BackupState; why: string | null } {
  if (catalog === null) return { state: 'unseen', why };
  if (lastAttempt && lastAttempt.status !== 'ok')
    return { state: 'failed', why: lastAttempt.error ?? `the last attempt: ${lastAttempt.status}` };
  if (newest === null) return { state: 'never', why: catalog.problem ?? 'there is no backup yet' };
  if (newest.age > maxAge) return { state: 'late', why: catalog.problem };
  return { state: 'ok', why: catalog.problem };
}

function targetsOf(sets: BackupCatalog['sets']): BackupsRow['targets'] {
  const newest = new Map<string, { target: string; at: string; id: string }>();
  for (const { id, receipts } of sets) for (const { target, at } of receipts) newest.set(target, { target, at, id });
  return [...newest.values()].toSorted((a, b) => (a.target < b.target ? -1 : 1));
}

const nextOf = (catalog: BackupCatalog | null, now: Date): string | null =>
  catalog?.schedule ? (nextRun(catalog.schedule, catalog.zone ?? 'UTC', now)?.toISOString() ?? null) : null;

/** Every set of one catalog, newest first. */
export function serviceSets(seen: SeenCatalog, row: BackupsRow, now: Date): ServiceSets {
  const sets = (seen.catalog?.sets ?? []).map((set) => ({
    ...{ id: set.id, kind: set.kind, started: set.started, age: ageOf(set.started, now) },
    databases: set.databases.map(({ database }) => database),
    rows: set.databases.reduce((sum, { rows }) => sum + rows, 0),
    ...{ bytes: set.bytes, pinned: set.pinned, receipts: set.receipts },
  }));
  const failures = (seen.catalog?.attempts ?? []).filter(({ status }) => status !== 'ok');
  return { row, sets: sets.toReversed(), failures: failures.slice(-FAILURES).toReversed() };
}
