import { isDbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { readJournal } from '../pipeline/journal-store.js';
import { notDue } from '../plan/drill-due.js';
import type { WaitingDrill } from '../report/drill-report.js';
import type { UseCaseDeps } from './deps.js';
import { catalogsOfService, type SeenCatalog, seenCatalogs } from './seen-catalogs.js';

export interface DueDrills {
  readonly due: readonly InventoryService[];
  readonly waiting: readonly WaitingDrill[];
}

type Wait = Omit<WaitingDrill, 'service'>;
type Judge = (service: InventoryService, seen: readonly SeenCatalog[]) => Wait | null;

const NOT_BACKED_UP: Wait = { why: 'it has no database of its own, and no backup on the shared instance', next: null };

/** Those that there is something to restore of. A journal that cannot be read keeps none away: the drill says why. */
export const withBackups = (deps: Looking, services: readonly InventoryService[]): Promise<DueDrills> =>
  judged(deps, services, () => null);

/** Whose turn it is, by `drill.schedule` and the history on the backup volume. What cannot be looked at is due: the drill says why. */
export const dueDrills = (
  deps: Looking & Pick<UseCaseDeps, 'clock'>,
  services: readonly InventoryService[],
): Promise<DueDrills> =>
  judged(deps, services, ({ drill: { schedule }, backup: { zone } }, seen) => {
    const drills = seen[0]?.catalog?.drills ?? [];
    return notDue({ schedule, zone, drills, now: deps.clock.now() });
  });

type Looking = Pick<UseCaseDeps, 'nomad' | 'inventory'>;

async function judged(deps: Looking, services: readonly InventoryService[], judge: Judge): Promise<DueDrills> {
  const unreadable = await unreadableOf(deps, services);
  const seen = await seenCatalogs(
    deps,
    services.filter((service) => !unreadable.has(service)),
  );
  const all = services.map((service) => {
    if (unreadable.has(service)) return { service, wait: null };
    const own = catalogsFor(service, seen);
    return { service, wait: own === null ? NOT_BACKED_UP : judge(service, own) };
  });
  return {
    due: all.flatMap(({ service, wait }) => (wait === null ? [service] : [])),
    waiting: all.flatMap(({ service, wait }) => (wait === null ? [] : [{ service: service.name, ...wait }])),
  };
}

/** Its own server's, else those on the shared instance; `null` where there is no set to restore. */
function catalogsFor(service: InventoryService, seen: readonly SeenCatalog[]): readonly SeenCatalog[] | null {
  const found = catalogsOfService(service, seen).filter(
    ({ on, catalog }) => on === 'dedicated' || (catalog?.sets.length ?? 0) > 0,
  );
  return found.length > 0 ? found : null;
}

async function unreadableOf(
  { nomad }: Looking,
  services: readonly InventoryService[],
): Promise<ReadonlySet<InventoryService>> {
  const found = await Promise.all(
    services.map(({ name }) =>
      readJournal(nomad, name).then(
        () => false,
        (error: unknown) => {
          if (isDbctlError(error)) return true;
          throw error;
        },
      ),
    ),
  );
  return new Set(services.filter((_, index) => found[index]));
}
