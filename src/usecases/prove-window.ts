import type { ProofReport, ProofRound } from '../report/proof-report.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';
import { proveWayBackOnce } from './prove-way-back.js';

export interface ProveInput {
  /** `undefined` = every service of the inventory. */
  readonly service: string | undefined;
  /** Seconds between two rounds; once when left out. */
  readonly everySeconds?: number | undefined;
  /** Called after each look. */
  readonly onRound: (round: ProofRound) => void;
}

/**
 * Proves ways back, once or again and again until no undo window is open any more. A failure does not end it: the next
 * round may be well, and the report says that one was not. Ends early, without a failure, when it is told to stop.
 */
export async function proveWindow(deps: UseCaseDeps, input: ProveInput): Promise<ProofReport> {
  const names = input.service === undefined ? deps.inventory.services.map(({ name }) => name) : [input.service];
  if (input.service !== undefined) requireService(deps, input.service);
  const rounds: ProofRound[] = [];
  for (;;) {
    const now = await oneRound(deps, names, input.onRound);
    rounds.push(...now);
    const open = now.some(({ status }) => status !== 'over');
    if (!open || input.everySeconds === undefined || deps.signal.aborted) break;
    await deps.clock.sleep(input.everySeconds * 1000, deps.signal).catch(() => undefined);
    if (deps.signal.aborted) break;
  }
  return {
    schema: 'dbctl.proof/1',
    status: rounds.some(({ status }) => status === 'failed') ? 'failed' : 'ok',
    rounds,
  };
}

async function oneRound(
  deps: UseCaseDeps,
  names: readonly string[],
  onRound: (round: ProofRound) => void,
): Promise<ProofRound[]> {
  const rounds: ProofRound[] = [];
  for (const name of names) {
    if (deps.signal.aborted) break;
    const round = await proveWayBackOnce(deps, name);
    if (round.error?.code === 'INTERRUPTED') break;
    onRound(round);
    rounds.push(round);
  }
  return rounds;
}
