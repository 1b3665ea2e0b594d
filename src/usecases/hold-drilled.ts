import { isDbctlError } from '../errors/dbctl-error.js';
import { serviceDir } from '../pipeline/backup-settings.js';
import type { Toolbox } from '../pipeline/live.js';
import { type Held, holdSet, releaseSet } from '../pipeline/restore/hold.js';
import type { PreparedDrill } from './prepare-drill.js';
import type { OpenRun } from './run-move.js';

const FACT = 'held';

/** What is let go is let go for whoever stopped the drill too. */
const RELEASE_MS = 60_000;

export interface Reader {
  /** Of the service. */
  readonly name: string;
  readonly run: string;
  readonly toolbox: Toolbox;
  note(text: string): void;
}

const heldSet = (service: string, id: string): Held => ({ home: serviceDir(service), id });

/**
 * Keeps a set of the backup volume from retention as long as `work` reads it. A set that is not there is for the drill itself
 * to find. Whatever else goes wrong with the hold is a note: nothing is lost by it but this drill.
 */
export async function whileHeld<T>(
  open: OpenRun,
  { name, run, toolbox, note }: Reader,
  { chosen: { id }, offsite }: Pick<PreparedDrill, 'chosen' | 'offsite'>,
  work: () => Promise<T>,
): Promise<T> {
  if (offsite !== null) return await work();
  const { nomad } = open.deps;
  const told = (error: unknown): void => {
    if (!isDbctlError(error)) throw error;
    note(`retention and this drill did not agree about ${id}: ${error.message}`);
  };
  await open.journal.record(FACT, id);
  await holdSet({ nomad, signal: open.signal }, toolbox, heldSet(name, id), `run ${run}`).catch(told);
  try {
    return await work();
  } finally {
    const signal = AbortSignal.timeout(RELEASE_MS);
    await releaseSet({ nomad, signal }, toolbox, heldSet(name, id), `run ${run}`).catch(told);
  }
}

/** What a drill held that was killed. Absent is success. */
export async function releaseLast(
  { deps: { nomad }, journal, signal }: OpenRun,
  service: string,
  toolbox: Toolbox,
): Promise<void> {
  const id = journal.fact<string>(FACT);
  const last = journal.current?.run;
  if (id === undefined || last === undefined) return;
  await releaseSet({ nomad, signal }, toolbox, heldSet(service, id), `run ${last}`);
}
