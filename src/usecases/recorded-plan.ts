import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { hasOwnDatabase } from '../pipeline/journal.js';
import { type JournalHandle, journalToReadOnly } from '../pipeline/journal-store.js';
import type { UseCaseDeps } from './deps.js';
import { loadPrepared, type PreparedRun } from './prepared-run.js';

/** As the service's database was made. Throws RUN_NOT_FOUND where it has none of its own. */
export async function recordedPlan(deps: UseCaseDeps, { name }: InventoryService): Promise<PreparedRun> {
  const journal = await journalToReadOnly(deps.nomad, name);
  const recorded = await recordedIn(deps, name, journal);
  if (recorded) return recorded;
  throw new DbctlError('RUN_NOT_FOUND', 'the service has no database of its own', {
    where: `service ${name}`,
    value: journal.current?.phase ?? 'no journal',
    next: `dbctl plan ${name}`,
  });
}

/** The same of a journal that was read already; `undefined` where it has none. */
export async function recordedIn(
  deps: UseCaseDeps,
  name: string,
  journal: JournalHandle,
): Promise<PreparedRun | undefined> {
  const { current } = journal;
  if (!current || !hasOwnDatabase(current.phase)) return undefined;
  return await loadPrepared({ deps, journal, signal: deps.signal }, name, current.run);
}
