import { DbctlError } from '../errors/dbctl-error.js';
import { runCatalogJob } from '../pipeline/catalog-job.js';
import { holdSet, releaseSet } from '../pipeline/restore/hold.js';
import { runId } from '../plan/names.js';
import type { BackupsChangeReport } from '../report/backups-report.js';
import { catalogsOf } from './backups.js';
import { catalogJob, dirOf } from './catalog-env.js';
import type { UseCaseDeps } from './deps.js';
import { holdersOf } from './image-holders.js';
import type { SeenCatalog } from './seen-catalogs.js';

export interface PinInput {
  readonly service: string;
  readonly id: string;
  readonly pin: boolean;
}

/** Pins one backup or takes its pin away, and has the catalog written anew. Twice is once. Throws BACKUP_NOT_FOUND, IMAGE_IN_USE. */
export async function pinBackup(deps: UseCaseDeps, { service, id, pin }: PinInput): Promise<BackupsChangeReport> {
  const { seen, pinned } = await findSet(deps, service, id);
  const report = { schema: 'dbctl.backups-change/1', service, verb: pin ? 'pin' : 'unpin', ids: [id] } as const;
  // Images are of services with a server of their own.
  if (!pin && pinned && seen.folder === null) await requireNoImage(deps, seen, id);
  if (pinned === pin) return { ...report, status: 'nothing-to-do' };
  const { toolbox } = seen;
  await (pin ? holdSet : releaseSet)(deps, toolbox, { home: dirOf(deps, seen), id }, 'pin');
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  await runCatalogJob(deps, toolbox, run, await catalogJob(deps, seen, 'refresh-catalog.sh'));
  return { ...report, status: 'done' };
}

/** An image is a pin with a name: it goes by its own command. */
async function requireNoImage(deps: UseCaseDeps, seen: Found, id: string): Promise<void> {
  const { images } = await holdersOf(deps, seen, dirOf(deps, seen));
  const kept = images.filter((image) => image.id === id);
  if (kept.length === 0) return;
  throw new DbctlError('IMAGE_IN_USE', 'an image keeps this backup', {
    where: `backup ${id}`,
    value: kept.map(({ name }) => name).join(', '),
    next: `dbctl image rm ${kept[0]?.name ?? ''}`,
  });
}

/** One whose toolbox runs. */
export type Found = SeenCatalog & { readonly toolbox: NonNullable<SeenCatalog['toolbox']> };

async function findSet(deps: UseCaseDeps, service: string, id: string): Promise<{ seen: Found; pinned: boolean }> {
  const all = await catalogsOf(deps, service);
  for (const seen of all) {
    const set = seen.catalog?.sets.find((one) => one.id === id);
    if (set && seen.toolbox) return { seen: { ...seen, toolbox: seen.toolbox }, pinned: set.pinned };
  }
  throw new DbctlError('BACKUP_NOT_FOUND', 'there is no such backup', {
    where: `service ${service}`,
    value: id,
    details: all.flatMap(({ why }) => why ?? []),
    next: `dbctl backups ${service}`,
  });
}
