import { DbctlError } from '../errors/dbctl-error.js';
import type { BackupSetsReport, BackupsReport, BackupsRow } from '../report/backups-report.js';
import { backupsRow, maxAgeOf, serviceSets } from './backups-row.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';
import { catalogsOfService, type SeenCatalog, seenCatalogs } from './seen-catalogs.js';

/** One row for each catalog there is or should be. Reads files through Nomad, nothing else; changes nothing. */
export async function backups(deps: UseCaseDeps): Promise<BackupsReport> {
  const now = deps.clock.now();
  const rows = (await seenCatalogs(deps)).map((seen) => rowFor(deps, seen, now));
  return { schema: 'dbctl.backups/1', at: now.toISOString(), ...verdict(rows), rows };
}

/** A row per set of one service. Throws SERVICE_UNKNOWN, BACKUP_NOT_FOUND. */
export async function backupSets(deps: UseCaseDeps, name: string): Promise<BackupSetsReport> {
  const now = deps.clock.now();
  const catalogs = (await catalogsOf(deps, name)).map((seen) => serviceSets(seen, rowFor(deps, seen, now), now));
  const rows = catalogs.map(({ row }) => row);
  return { schema: 'dbctl.backup-sets/1', service: name, at: now.toISOString(), ...verdict(rows), catalogs };
}

export const rowFor = ({ inventory }: UseCaseDeps, seen: SeenCatalog, now: Date): BackupsRow => {
  const service = inventory.services.find(({ name }) => name === seen.service);
  return backupsRow(seen, maxAgeOf(service), now);
};

const verdict = (rows: readonly BackupsRow[]): Pick<BackupsReport, 'status' | 'exitCode'> =>
  rows.every(({ state }) => state === 'ok') ? { status: 'ok', exitCode: 0 } : { status: 'attention', exitCode: 2 };

/** Its own server's catalog, or those of its databases on the shared instance. Throws SERVICE_UNKNOWN, BACKUP_NOT_FOUND. */
export async function catalogsOf(deps: UseCaseDeps, name: string): Promise<SeenCatalog[]> {
  const service = requireService(deps, name);
  const seen = await seenCatalogs(deps, [service]);
  const found = catalogsOfService(service, seen);
  if (found.length > 0) return found;
  const missing = seen.find(({ folder }) => folder === null);
  throw new DbctlError(
    'BACKUP_NOT_FOUND',
    missing?.why ?? 'its database on the shared instance was not backed up yet',
    {
      where: `service ${name}`,
      details: seen.filter(({ folder }) => folder !== null).map((one) => `known: ${one.service}`),
      next: missing?.toolbox === null ? 'dbctl backup deploy-shared' : `dbctl backup ${name}`,
    },
  );
}
