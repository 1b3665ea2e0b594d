import type { MoveContext } from './context.js';
import { stepOf } from './folders.js';
import type { Toolbox } from './live.js';
import { oneByOne } from './one-by-one.js';
import type { RecordedDump } from './steps/dump.js';
import { toolboxRun } from './toolbox-run.js';

/** A whole dump of the dedicated databases on the backup volume, as journalled when it was taken. */
export interface KnownBackup {
  /** `first-backup`, or the run of the proof that took it. */
  readonly id: string;
  /** ISO 8601 UTC, before its snapshots: what was committed by then is in it. */
  readonly at: string;
  readonly rows: number;
  readonly dumps: readonly RecordedDump[];
}

const FACT = 'backups';

/** Newest first, in the order in which they were recorded: a clock may have jumped. */
export const knownBackups = ({ journal }: Pick<MoveContext, 'journal'>): readonly KnownBackup[] =>
  journal.fact<KnownBackup[]>(FACT) ?? [];

export async function recordBackup({ journal }: Pick<MoveContext, 'journal'>, backup: KnownBackup): Promise<void> {
  const others = knownBackups({ journal }).filter(({ id }) => id !== backup.id);
  await journal.record(FACT, [backup, ...others]);
}

export async function forgetBackup({ journal }: Pick<MoveContext, 'journal'>, id: string): Promise<void> {
  await journal.record(
    FACT,
    knownBackups({ journal }).filter((backup) => backup.id !== id),
  );
}

/** Reads every byte of it again. Throws ARTIFACT_CORRUPT when a file is not the recorded one, or gone. */
export async function requireWhole(ctx: MoveContext, toolbox: Toolbox, backup: KnownBackup): Promise<void> {
  await oneByOne(backup.dumps, ({ database, folder, manifestSha256 }) =>
    toolboxRun(ctx, toolbox, {
      step: stepOf(`check-${backup.id}`, database),
      script: 'restore.sh',
      env: { IN: folder, MANIFEST_SHA256: manifestSha256, CHECK_ONLY: '1' },
      total: 0,
    }),
  );
}
