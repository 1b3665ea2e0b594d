import { DbctlError } from '../errors/dbctl-error.js';
import { isUnfinished } from '../pipeline/journal.js';
import { readJournal } from '../pipeline/journal-store.js';
import type { PortUse } from '../plan/types.js';
import type { VariablesPort } from '../ports/nomad.js';
import type { OpenRun } from './run-move.js';

/** Key of the journal's fact: ports that a run has chosen, long before Nomad hears of them. */
export const PORTS_FACT = 'ports';

/** Ports of runs that are under way: a plan made meanwhile must not choose them too (seen: two moves at once, one port). */
export async function portClaims(
  nomad: Pick<VariablesPort, 'variable'>,
  services: readonly string[],
): Promise<PortUse[]> {
  const journals = await Promise.all(services.map((service) => readJournal(nomad, service)));
  return journals.flatMap((journal) =>
    journal && isUnfinished(journal.phase) ? ((journal.facts[PORTS_FACT] ?? []) as unknown as PortUse[]) : [],
  );
}

/**
 * Right after the claim is journalled: whoever sees another's claim on the same port gives way, so that of two runs that
 * began together never both go on. Throws PORT_TAKEN; the run is marked as undone, nothing was changed.
 */
export async function requireOwnPorts({ deps, journal }: OpenRun, ports: readonly PortUse[]): Promise<void> {
  const { current } = journal;
  const others = deps.inventory.services.map(({ name }) => name).filter((name) => name !== current?.service);
  const claims = await portClaims(deps.nomad, others);
  const clash = ports.find((own) => claims.some(({ port, node }) => port === own.port && node === own.node));
  if (!current || !clash) return;
  await journal.save({ ...current, phase: 'undone' });
  throw new DbctlError('PORT_TAKEN', 'another run of dbctl is taking the same port', {
    where: `node ${clash.node}`,
    value: String(clash.port),
    next: 'the same command once more: it chooses the next free port',
  });
}
