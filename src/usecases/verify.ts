import { EXIT } from '../errors/exit-codes.js';
import { hasOwnDatabase, isUnfinished, type Journal } from '../pipeline/journal.js';
import { journalToReadOnly } from '../pipeline/journal-store.js';
import type { VerifyReport } from '../report/verify-report.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';
import { type Looked, verifyOwn } from './verify-own.js';
import { verifyShared } from './verify-shared.js';

/** Looks at a service's data wherever it lives now. Changes nothing; needs no lock but for the reading of a closed source. */
export async function verify(deps: UseCaseDeps, name: string): Promise<VerifyReport> {
  const service = requireService(deps, name);
  const started = deps.clock.monotonic();
  const handle = await journalToReadOnly(deps.nomad, name);
  const journal = handle.current;
  const open = { deps, journal: handle, signal: deps.signal };
  const looked = isOnItsOwn(journal) ? await verifyOwn(open, service, journal) : await verifyShared(deps, service);
  const seconds = Math.round(deps.clock.monotonic() - started) / 1000;
  const notes = [...unfinished(journal), ...looked.notes];
  return { schema: 'dbctl.verify/1', service: name, ...looked, seconds, notes, ...verdict(looked) };
}

/** While a finalize is cut, the database is the service's own one all the same. */
export const isOnItsOwn = (journal: Journal | undefined): journal is Journal =>
  journal !== undefined && (hasOwnDatabase(journal.phase) || journal.phase === 'finalizing');

const unfinished = (journal: Journal | undefined): string[] =>
  journal && isUnfinished(journal.phase)
    ? [`run ${journal.run} is unfinished (${journal.phase}): what is said here may change with it`]
    : [];

function verdict({ checks }: Looked): Pick<VerifyReport, 'status' | 'exitCode'> {
  if (checks.some(({ status }) => status === 'failed')) return { status: 'failed', exitCode: EXIT.verificationFailed };
  if (checks.some(({ status }) => status === 'unavailable'))
    return { status: 'unavailable', exitCode: EXIT.unavailable };
  return { status: 'ok', exitCode: EXIT.ok };
}
