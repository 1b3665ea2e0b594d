import { MAX_AGE_SECONDS, MAX_DRILL_AGE_SECONDS } from '../backup-age.js';
import type { Coverage } from './discovery.js';
import type { CatalogLook } from './types.js';

interface Wanted {
  readonly systemIdentifier: string | null;
  readonly database: string;
}

/** By the server's own identifier: the name of a service or database may be that of another one's backups. */
export const coverageOf = (
  catalogs: readonly CatalogLook[],
  { systemIdentifier, database }: Wanted,
  now: Date,
): Coverage => {
  const holding = catalogs.flatMap(({ catalog }) => {
    const sets = catalog.sets.filter(
      ({ server, databases }) =>
        server.systemIdentifier === systemIdentifier && databases.some((one) => one.database === database),
    );
    const last = sets.at(-1);
    return last === undefined ? [] : [{ last, drills: catalog.drills ?? [] }];
  });
  const newest = holding.toSorted((a, b) => Date.parse(b.last.started) - Date.parse(a.last.started))[0]?.last;
  const drill = holding
    .flatMap(({ drills }) => drills.filter(({ status }) => status === 'ok'))
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
  const age = (at: string): number => Math.max(0, Math.round((now.getTime() - Date.parse(at)) / 1000));
  return {
    fresh: newest !== undefined && age(newest.started) <= MAX_AGE_SECONDS,
    drilled: drill !== undefined && age(drill.at) <= MAX_DRILL_AGE_SECONDS,
    newest: newest === undefined ? null : { id: newest.id, started: newest.started, age: age(newest.started) },
    drill: drill === undefined ? null : { at: drill.at, age: age(drill.at) },
    copies: new Set(newest?.receipts.map(({ target }) => target)).size,
  };
};
