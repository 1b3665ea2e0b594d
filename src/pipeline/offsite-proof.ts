import type { BackupCatalog } from '../report/backup-catalog.js';

/** `unverified`: a copy was sent there but could not be read back. */
export type OffsiteProof = 'receipt' | 'unverified' | 'none';

/**
 * Is there a copy elsewhere of the database that the app runs on? Only a backup counts that began after the move was settled,
 * of the very server that was moved to, and of every database that is about to be dropped (reliability.md I1, I3).
 */
export function offsiteProof(
  catalog: BackupCatalog | undefined,
  moved: {
    readonly databases: readonly string[];
    readonly systemIdentifier: string | null;
    readonly since: string | null;
  },
): OffsiteProof {
  const since = Date.parse(moved.since ?? '');
  const receipts = (catalog?.sets ?? [])
    .filter(
      ({ server, started, databases }) =>
        server.systemIdentifier === moved.systemIdentifier &&
        Date.parse(started) >= since &&
        moved.databases.every((name) => databases.some(({ database }) => database === name)),
    )
    .flatMap((set) => set.receipts);
  if (receipts.some(({ verified }) => verified)) return 'receipt';
  return receipts.length > 0 ? 'unverified' : 'none';
}
