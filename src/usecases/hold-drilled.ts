import { isDbctlError } from '../errors/dbctl-error.js';
import { serviceDir } from '../pipeline/backup-settings.js';
import type { Toolbox } from '../pipeline/live.js';
import { oneByOne } from '../pipeline/one-by-one.js';
import { type Held, holdSet, releaseSet } from '../pipeline/restore/hold.js';
import type { PreparedDrill } from './prepare-drill.js';
import type { OpenRun } from './run-move.js';

const FACT = 'heldSets';

/** What is let go is let go for whoever stopped the drill too. */
const RELEASE_MS = 60_000;

export interface Reader {
  readonly run: string;
  readonly toolbox: Toolbox;
  note(text: string): void;
}

/**
 * Keeps the sets of the backup volume from retention as long as `work` reads them. A set that is not there is for the drill
 * itself to find. Whatever else goes wrong with the hold is a note: nothing is lost by it but this drill.
 */
export async function whileHeld<T>(
  open: OpenRun,
  { run, toolbox, note }: Reader,
  { plan, chosen, more, offsite }: Pick<PreparedDrill, 'plan' | 'chosen' | 'more' | 'offsite'>,
  work: () => Promise<T>,
): Promise<T> {
  if (offsite !== null) return await work();
  const held = [chosen, ...more].map(({ id, service }): Held => ({ home: serviceDir(service ?? plan.service), id }));
  const { nomad } = open.deps;
  const told = (error: unknown): void => {
    if (!isDbctlError(error)) throw error;
    note(`retention and this drill did not agree about ${chosen.id}: ${error.message}`);
  };
  await open.journal.record(FACT, held);
  await oneByOne(held, (one) => holdSet({ nomad, signal: open.signal }, toolbox, one, `run ${run}`)).catch(told);
  try {
    return await work();
  } finally {
    const signal = AbortSignal.timeout(RELEASE_MS);
    await oneByOne(held, (one) => releaseSet({ nomad, signal }, toolbox, one, `run ${run}`)).catch(told);
  }
}

/** What a drill held that was killed. Absent is success. */
export async function releaseLast({ deps: { nomad }, journal, signal }: OpenRun, toolbox: Toolbox): Promise<void> {
  const held = journal.fact<readonly Held[]>(FACT) ?? [];
  const last = journal.current?.run;
  if (last === undefined) return;
  await oneByOne(held, (one) => releaseSet({ nomad, signal }, toolbox, one, `run ${last}`));
}
