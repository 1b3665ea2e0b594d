import type { BackupCatalog } from '../report/backup-catalog.js';
import type { BackupReport, MadeSet } from '../report/backup-report.js';

/** A catalog before and after a run; `undefined` = there was none. */
export interface CatalogPair {
  readonly before: BackupCatalog | undefined;
  readonly after: BackupCatalog | undefined;
}

type CatalogSet = BackupCatalog['sets'][number];

const idsOf = (catalog: BackupCatalog | undefined): ReadonlySet<string> =>
  new Set((catalog?.sets ?? []).map(({ id }) => id));

/** The newest set of that kind that was not there before: a scheduled one may have ended meanwhile. */
export const madeSet = ({ before, after }: CatalogPair, kind: CatalogSet['kind']): CatalogSet | undefined => {
  const old = idsOf(before);
  return after?.sets.findLast((set) => set.kind === kind && !old.has(set.id));
};

export const removedSets = ({ before, after }: CatalogPair): string[] => {
  const left = idsOf(after);
  return after === undefined ? [] : [...idsOf(before)].filter((id) => !left.has(id));
};

export const toMadeSet = (set: CatalogSet, manifestSha256: string): MadeSet => ({
  id: set.id,
  kind: set.kind,
  started: set.started,
  finished: set.finished,
  databases: set.databases.map(({ database, tables, rows, bytes, sizeBytes }) => ({
    ...{ database, tables, rows, bytes, sizeBytes },
  })),
  files: set.files.length,
  bytes: set.bytes,
  manifestSha256,
  pinned: set.pinned,
  receipts: set.receipts,
});

/** What an attempt that was not there before says of itself, when it ended without what was wanted. */
export const newError = ({ before, after }: CatalogPair): string | undefined => {
  const last = after?.attempts.at(-1);
  return last?.at === before?.attempts.at(-1)?.at ? undefined : (last?.error ?? undefined);
};

export const rowsOf = ({ sets }: Pick<BackupReport, 'sets'>): number =>
  sets.flatMap(({ databases }) => databases).reduce((sum, { rows }) => sum + rows, 0);

export const bytesOf = ({ sets }: Pick<BackupReport, 'sets'>): number =>
  sets.reduce((sum, { bytes }) => sum + bytes, 0);

export const copiesOf = ({ sets }: Pick<BackupReport, 'sets'>): number =>
  sets.reduce((sum, { receipts }) => sum + receipts.length, 0);
