import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { hasOwnDatabase } from '../pipeline/journal.js';
import { journalToReadOnly } from '../pipeline/journal-store.js';
import type { UseCaseDeps } from './deps.js';
import { loadPrepared, type PreparedRun } from './prepared-run.js';

/** As the service's database was made. Throws RUN_NOT_FOUND where it has none of its own. */
export async function recordedPlan(deps: UseCaseDeps, { name }: InventoryService): Promise<PreparedRun> {
  const journal = await journalToReadOnly(deps.nomad, name);
  const { current } = journal;
  if (current && hasOwnDatabase(current.phase))
    return await loadPrepared({ deps, journal, signal: deps.signal }, name, current.run);
  throw new DbctlError('RUN_NOT_FOUND', 'the service has no database of its own', {
    where: `service ${name}`,
    value: current?.phase ?? 'no journal',
    next: `dbctl plan ${name}`,
  });
}
