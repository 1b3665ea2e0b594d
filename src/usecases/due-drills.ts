import { isDbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { readJournal } from '../pipeline/journal-store.js';
import { notDue } from '../plan/drill-due.js';
import type { WaitingDrill } from '../report/drill-report.js';
import type { UseCaseDeps } from './deps.js';
import { seenCatalogs } from './seen-catalogs.js';
import { isOnItsOwn } from './verify.js';

export interface DueDrills {
  readonly due: readonly InventoryService[];
  readonly waiting: readonly WaitingDrill[];
}

const NO_DATABASE = { why: 'it has no database of its own', next: null } as const;

/** Those that there is something to restore for. A journal that cannot be read keeps none away: the drill says why. */
export async function withDatabases(
  { nomad }: Pick<UseCaseDeps, 'nomad'>,
  services: readonly InventoryService[],
): Promise<DueDrills> {
  const owns = await Promise.all(
    services.map(({ name }) =>
      readJournal(nomad, name).then(isOnItsOwn, (error: unknown) => {
        if (isDbctlError(error)) return true;
        throw error;
      }),
    ),
  );
  return {
    due: services.filter((_, index) => owns[index]),
    waiting: services.flatMap(({ name }, index) => (owns[index] ? [] : [{ service: name, ...NO_DATABASE }])),
  };
}

/** Whose turn it is, by `drill.schedule` and the history on the backup volume. What cannot be looked at is due: the drill says why. */
export async function dueDrills(
  deps: Pick<UseCaseDeps, 'nomad' | 'inventory' | 'clock'>,
  services: readonly InventoryService[],
): Promise<DueDrills> {
  const seen = await seenCatalogs(deps, services);
  const judged = services.map((service) => {
    const own = seen.find((one) => one.on === 'dedicated' && one.service === service.name);
    if (own === undefined) return { service, wait: NO_DATABASE };
    const { schedule } = service.drill;
    const drills = own.catalog?.drills ?? [];
    return { service, wait: notDue({ schedule, zone: service.backup.zone, drills, now: deps.clock.now() }) };
  });
  return {
    due: judged.flatMap(({ service, wait }) => (wait === null ? [service] : [])),
    waiting: judged.flatMap(({ service, wait }) => (wait === null ? [] : [{ service: service.name, ...wait }])),
  };
}
