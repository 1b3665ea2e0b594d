import type { SeenCopy } from '../../dataplane/read-copies.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { Wanted } from '../restore/choose.js';

export interface ChosenCopies {
  /** One of all databases; of the shared instance one for each. The service's own role is in the first. */
  readonly copies: readonly SeenCopy[];
  /** Newer ones that are not all there, in words. */
  readonly passed: readonly string[];
}

/** The copies of one folder. */
export interface CopiesAt {
  readonly folder: string;
  readonly copies: readonly SeenCopy[];
}

interface Places {
  /** Of the service's own server. */
  readonly own: CopiesAt;
  /** Of its databases on the shared instance, the main one first. */
  readonly shared: readonly CopiesAt[];
}

/**
 * The newest copy that is all there: the service's own, or those of its databases on the shared instance where these are
 * newer or the only ones. In one folder the counter orders; between folders, whose counters have nothing to do with each other,
 * the time. Throws BACKUP_NOT_FOUND.
 */
export function chooseCopies(
  service: string,
  { own, shared }: Places,
  wanted: Pick<Wanted, 'id' | 'at'>,
): ChosenCopies {
  const mine = newest(own, wanted);
  const theirs = shared.map((at) => newest(at, wanted));
  const all = theirs.flatMap(({ copy }) => copy ?? []);
  const together = theirs.length > 0 && all.length === theirs.length;
  if (mine.copy && !(together && all.every(({ finished }) => finished > (mine.copy?.finished ?? ''))))
    return { copies: [mine.copy], passed: mine.passed };
  if (together) return { copies: all, passed: theirs.flatMap(({ passed }) => passed) };
  throw notFound(service, { own, shared }, wanted, [mine, ...theirs]);
}

interface Newest {
  readonly copy: SeenCopy | undefined;
  readonly passed: readonly string[];
}

function newest({ copies }: CopiesAt, { id, at }: Pick<Wanted, 'id' | 'at'>): Newest {
  const fit = copies.filter(
    (copy) => (id === null || copy.id === id) && (at === null || Date.parse(copy.finished) <= Date.parse(at)),
  );
  const copy = fit.findLast(({ lacks }) => lacks.length === 0);
  return { copy, passed: fit.slice(copy ? fit.indexOf(copy) + 1 : 0).map(lackText) };
}

const lackText = ({ prefix, finished, lacks }: SeenCopy): string =>
  `${prefix}, finished ${finished}, is not whole: ${lacks[0] ?? ''}${lacks.length > 1 ? ` and ${lacks.length - 1} more` : ''}`;

const notFound = (
  service: string,
  { own, shared }: Places,
  { id, at }: Pick<Wanted, 'id' | 'at'>,
  found: readonly Newest[],
): DbctlError => {
  const places = [own, ...shared];
  const known = places.flatMap(({ copies }) =>
    copies.slice(-5).map((copy) => `${copy.prefix}, finished ${copy.finished}`),
  );
  return new DbctlError('BACKUP_NOT_FOUND', 'there is no whole copy elsewhere', {
    where: places.map(({ folder }) => folder).join(', '),
    value: id ?? (at === null ? 'the newest' : `the newest by ${at}`),
    details: [...new Set([...found.flatMap(({ passed }) => passed), ...known])],
    next:
      known.length > 0
        ? `dbctl rebuild ${service} --from <id>`
        : 'look at backup.offsite of dbctl.yaml, and at the store itself',
  });
};
