import { type KnownBackup, requireWhole } from './backups.js';
import type { MoveContext } from './context.js';
import { entryOf } from './journal.js';
import type { Toolbox } from './live.js';
import type { RecordedEvidence } from './steps/verify.js';

/** A state that the service can be taken back to without its dedicated database. */
export interface WayOut {
  readonly from: 'source' | 'backup';
  /** Which backup; `null` for the closed source. */
  readonly backup: string | null;
  /** ISO 8601 UTC: what was committed later is not in it. */
  readonly since: string;
  /** Rows in it; `null` when nobody counted. */
  readonly rows: number | null;
}

/** What going back by such a way costs, as far as it is known. Journalled before the first effect. */
export interface Loss extends WayOut {
  /** The newest count of the dedicated database. */
  readonly lastSeen: { readonly at: string; readonly rows: number } | null;
  /** Why it could not be read. */
  readonly saw: readonly string[];
}

/** The closed source, as of the cut-over. */
export function sourceWayOut({ journal }: Pick<MoveContext, 'journal'>): WayOut {
  const fenced = journal.current && entryOf(journal.current, 'fence')?.at;
  const evidence = journal.fact<Partial<RecordedEvidence>[]>('evidence') ?? [];
  const counts = evidence.map(({ rows }) => rows);
  const rows = counts.reduce<number | null>(
    (sum, count) => (sum === null || count === undefined ? null : sum + count),
    counts.length > 0 ? 0 : null,
  );
  return { from: 'source', backup: null, since: fenced ?? journal.current?.startedAt ?? '', rows };
}

export const backupWayOut = ({ id, at, rows }: KnownBackup): WayOut => ({
  from: 'backup',
  backup: id,
  since: at,
  rows,
});

/** `seen`: every count of its rows there is, newest first. */
export function lossBy(way: WayOut, saw: readonly string[], [newest]: readonly KnownBackup[]): Loss {
  return { ...way, lastSeen: newest ? { at: newest.at, rows: newest.rows } : null, saw };
}

/** The newest backup of which every byte is still the recorded one, and what is wrong with newer ones. */
export async function newestWhole(
  ctx: MoveContext,
  toolbox: Toolbox,
  known: readonly KnownBackup[],
): Promise<{ readonly backup?: KnownBackup; readonly damaged: readonly string[] }> {
  const damaged: string[] = [];
  for (const backup of known) {
    const problem = await requireWhole(ctx, toolbox, backup).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : 'unknown'),
    );
    if (problem === undefined) return { backup, damaged };
    damaged.push(`backup ${backup.id} of ${backup.at} cannot be used: ${problem}`);
  }
  return { damaged };
}
