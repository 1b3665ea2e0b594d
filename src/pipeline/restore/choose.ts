import { BACKUP_ID, copyFolder } from '../../dataplane/backup-id.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { BackupCatalog } from '../../report/backup-catalog.js';
import { serviceDir } from '../backup-settings.js';

/** Which set the operator means: by name, by time, or the newest. */
export interface Wanted {
  readonly id: string | null;
  /** ISO 8601: the newest set that was finished by then. */
  readonly at: string | null;
  /** Name of an off-site target; `null`: the sets on the backup volume. */
  readonly offsite: string | null;
  /** A drill reads a copy back itself, so one that was only written may be taken; a restore wants one that was read. */
  readonly drill?: boolean;
  /** What the sets call their service, where that is not its name: of the shared instance's, `<job>/<database>`. */
  readonly store?: string;
}

/** A set that can be restored, before anything of it was read. */
export interface Chosen {
  readonly id: string;
  /** What was committed by then is in it; `null` where no catalog tells. */
  readonly started: string | null;
  readonly finished: string | null;
  /** Below the target's own path, for an off-site copy. */
  readonly prefix: string | null;
  readonly bytes: number | null;
  /** What the set calls its service, where that is not the service's name: of the shared instance's, `<job>/<database>`. */
  readonly service?: string;
}

type CatalogSet = BackupCatalog['sets'][number];

/** A set exists only when it was read whole, so each of them may be taken; off-site, those with a receipt. */
const eligible = (catalog: BackupCatalog | undefined, { offsite, drill = false }: Wanted): CatalogSet[] =>
  (catalog?.sets ?? []).filter(
    ({ receipts }) =>
      offsite === null || receipts.some(({ target, verified }) => target === offsite && (verified || drill)),
  );

const named = ({ store }: Wanted): Pick<Chosen, 'service'> => (store === undefined ? {} : { service: store });

const chosenOf = (set: CatalogSet, wanted: Wanted): Chosen => ({
  ...named(wanted),
  id: set.id,
  started: set.started,
  finished: set.finished,
  prefix: set.receipts.find(({ target }) => target === wanted.offsite)?.prefix ?? null,
  bytes: set.bytes,
});

/**
 * The set to restore. By counter, never by clock, where no time is asked for. An off-site copy that the catalog does not know
 * is found by its id alone: its place follows from it. Throws BACKUP_NOT_FOUND.
 */
export function chooseSet(service: string, catalog: BackupCatalog | undefined, wanted: Wanted): Chosen {
  const sets = eligible(catalog, wanted).toSorted((a, b) => a.counter - b.counter);
  const { id, at } = wanted;
  const fits = sets.filter(
    (set) => (id === null || set.id === id) && (at === null || Date.parse(set.finished) <= Date.parse(at)),
  );
  const newest = fits.at(-1);
  if (newest) return chosenOf(newest, wanted);
  if (id !== null && wanted.offsite !== null) return unknownCopy(service, id, wanted);
  throw notFound(service, catalog, sets, wanted);
}

function unknownCopy(service: string, id: string, wanted: Wanted): Chosen {
  const { offsite, store = service } = wanted;
  const folder = copyFolder(id);
  if (folder === undefined)
    throw new DbctlError('USAGE', 'this is no name of a backup', {
      where: `off-site target ${offsite ?? ''}`,
      value: id,
      next: '--from 000042-20261128T023000Z, as dbctl backups shows it',
    });
  return { ...named(wanted), id, started: null, finished: null, prefix: `${store}/${folder}`, bytes: null };
}

/** When it was begun, as its name says where no catalog does: ISO 8601 UTC. The clock was that of its node. */
export function startedOf({ id, started }: Pick<Chosen, 'id' | 'started'>): string | null {
  if (started !== null) return started;
  const [, year, month, day, hour, minute, second] = BACKUP_ID.exec(id) ?? [];
  return year === undefined ? null : `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function notFound(
  service: string,
  catalog: BackupCatalog | undefined,
  sets: readonly CatalogSet[],
  { id, at, offsite, drill = false, store = service }: Wanted,
): DbctlError {
  const known = sets.slice(-10).map((set) => `${set.id}, finished ${set.finished}`);
  const where = offsite === null ? `the backup volume, ${serviceDir(store)}` : `off-site target ${offsite}`;
  const none = catalog === undefined ? 'no catalog of backups can be read' : 'there is no backup';
  return new DbctlError('BACKUP_NOT_FOUND', known.length === 0 ? none : 'there is no such backup', {
    where,
    value: id ?? (at === null ? 'the newest' : `the newest by ${at}`),
    details: known,
    next:
      offsite === null
        ? `dbctl backup ${service}`
        : `dbctl ${drill ? 'drill' : 'restore'} ${service} --offsite ${offsite} --from <id>`,
  });
}
