import type { InventoryService } from '../../inventory/types.js';
import type { BackupsLook, DrillLook } from '../../plan/doctor/facts.js';
import { notDue } from '../../plan/drill-due.js';
import type { DrillRecord } from '../../report/backup-catalog.js';
import { fileName } from '../../shared/file-name.js';
import { rowFor } from '../backups.js';
import { catalogsOfService, type SeenCatalog, seenCatalogs } from '../seen-catalogs.js';
import type { LookDeps } from './deps.js';

/** From the catalogs that the toolboxes write; nothing but files is read. */
export async function backupsLook(deps: LookDeps): Promise<BackupsLook> {
  const now = deps.clock.now();
  const seen = (await seenCatalogs(deps, deps.services)).filter((one) => isAskedFor(deps, one));
  return {
    rows: seen.map((one) => rowFor(deps, one, now)),
    drills: deps.services.flatMap((service) => drillLook(service, seen, now)),
  };
}

/** When only some services were asked for, the shared instance's other databases are nobody's question. */
function isAskedFor({ services, inventory }: LookDeps, { folder }: SeenCatalog): boolean {
  if (folder === null || services.length === inventory.services.length) return true;
  return services.some(({ name, databases }) => [name, ...databases].some((one) => fileName(one) === folder));
}

/** Of a service on the shared instance its main database's catalog tells: a drill is noted in each. */
function drillLook(service: InventoryService, seen: readonly SeenCatalog[], now: Date): DrillLook[] {
  const { name } = service;
  const catalog = catalogsOfService(service, seen)[0]?.catalog ?? null;
  if (catalog === null) return [];
  const drills = catalog.drills ?? [];
  const last = drills.at(-1);
  const { schedule, rtoSeconds } = service.drill;
  return [
    {
      service: name,
      schedule,
      last: last === undefined ? null : { at: last.at, status: last.status, seconds: restoreSeconds(last) },
      notDue: notDue({ schedule, zone: service.backup.zone, drills, now })?.why ?? null,
      rtoSeconds,
    },
  ];
}

/** What the budget is about; programs that did not tell it apart wrote the whole time alone. */
const restoreSeconds = ({ rtoSeconds, seconds }: DrillRecord): number | null =>
  rtoSeconds === undefined ? (seconds ?? null) : rtoSeconds;
