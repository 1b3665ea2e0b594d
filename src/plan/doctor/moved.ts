import { shQuote, sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { type Check, checksOf, type Found, found } from './check.js';
import type { JournalLook } from './facts.js';

/** What `verify` has found whole may be marked as such by hand; without any mark only a run knows which databases there are. */
const markAgain = (service: string, bad: readonly { readonly database: string }[]): string => {
  if (bad.length === 0) return `dbctl rollback ${service}, then dbctl migrate ${service}, write it anew`;
  const names = bad.map(({ database }) => sqlLiteral(database)).join(', ');
  const sql = `update dbctl.marker set state = 'verified' where service = ${sqlLiteral(service)} and database in (${names})`;
  return `dbctl psql ${service} --admin --database postgres --command ${shQuote(sql)}`;
};

const check = checksOf('databases', ['nomad-token']);

/** What a move leaves behind: the new server, and the closed old database. */
export const MOVED_CHECKS: readonly Check[] = [
  check({
    id: 'server-identity',
    title: 'each is the server that its run made',
    why: 'a volume that was swapped or emptied gives a healthy server without the rows',
    needs: ['dedicated-answers'],
    reads: ['dedicated', 'journals'],
    look: ({ dedicated, journals }) =>
      found(
        dedicated.flatMap(({ service, job, sql }): Found[] => {
          const recorded = journals.find((one) => one.service === service)?.systemIdentifier ?? null;
          const seen = 'value' in sql ? sql.value.systemIdentifier : null;
          return recorded === null || seen === null || recorded === seen
            ? []
            : [
                {
                  level: 'fail',
                  service,
                  evidence: `job ${job} runs server ${seen}; the run recorded ${recorded}`,
                  fix: `stop the app, bring the right volume back, or: dbctl rollback ${service ?? ''} --from backup`,
                },
              ];
        }),
        'they are',
      ),
  }),
  check({
    id: 'marker-missing',
    title: 'every database of its own carries the word "verified"',
    why: 'the gate lets no app in without it: the next restart would hold the app back',
    needs: ['dedicated-answers'],
    reads: ['dedicated', 'journals'],
    look: ({ dedicated, journals }) =>
      found(
        dedicated.flatMap(({ service, job, sql }): Found[] => {
          const journal = journals.find((one) => one.service === service);
          const markers = 'value' in sql ? sql.value.markers : [];
          if (journal === undefined || journal.resume !== null || journal.locked || !('value' in sql)) return [];
          const bad = markers.filter(({ state }) => state !== 'verified');
          if (markers.length > 0 && bad.length === 0) return [];
          return [
            {
              level: 'warn',
              service,
              evidence: `job ${job}: ${bad.map(({ database, state }) => `${database} is marked ${state}`).join(', ') || 'no database is marked'}`,
              fix: `dbctl verify ${service ?? ''}; when all of its rows are there: ${markAgain(service ?? '', bad)}`,
            },
          ];
        }),
        'they do',
      ),
  }),
  check({
    id: 'identity-mismatch',
    title: 'apps use the database that dbctl says they use',
    why: 'some apps read their own file and ignore their environment: rows would go to the old server',
    reads: ['apps', 'journals', 'registered'],
    look: ({ apps, journals, registered: { shared } }) =>
      found(
        apps.flatMap(({ service, environments }): Found[] => {
          const journal = journals.find((one) => one.service === service);
          if (journal?.own !== true || journal.resume !== null || shared === null) return [];
          return environments
            .filter(({ host, port, unreadable }) => unreadable === null && host === shared.host && port === shared.port)
            .map(({ task, host, port }) => ({
              level: 'fail',
              service,
              evidence: `task ${task} is told ${host}:${port}, the shared instance, although the service has a database of its own`,
              fix: `nomad job run the file that dbctl wrote; if it is not the newest: dbctl verify ${service}, then git log of the jobspec`,
            }));
        }),
        'they do',
      ),
  }),
  check({
    id: 'sessions-on-old',
    title: 'nobody works on a database that has moved',
    why: 'what is written there is lost to the app, and lost for good with the drop',
    needs: ['shared-answers'],
    reads: ['shared', 'journals'],
    look: ({ shared, journals }) => {
      const sessions = 'value' in shared.sql ? shared.sql.value.sessions : [];
      return found(
        journals
          .filter(({ own, resume }) => own && resume === null)
          .flatMap(({ service, tombstones }) =>
            sessions
              .filter(({ database }) =>
                tombstones.some((one) => one.tombstone === database || one.database === database),
              )
              .map(
                ({ role, database, count }): Found => ({
                  level: 'fail',
                  service,
                  evidence: `${count} sessions of role ${role} on ${database} of the shared instance`,
                  fix: `find the client (select * from pg_stat_activity where datname = '${database}') and point it at the new place`,
                }),
              ),
          ),
        'nobody does',
      );
    },
  }),
  check({
    id: 'tombstone-open',
    title: 'old databases of moved services are closed',
    why: 'somebody could write to the copy that the way back compares with',
    needs: ['shared-answers'],
    reads: ['shared', 'journals'],
    look: ({ shared, journals }) => {
      const sql = 'value' in shared.sql ? shared.sql.value : undefined;
      return found(
        keptClosed(journals)
          .filter((one) => sql?.systemIdentifier === one.systemIdentifier)
          .filter(({ oid }) => sql?.databases.some((one) => one.oid === oid && one.open))
          .map(
            ({ service, tombstone, oid }): Found => ({
              level: 'fail',
              service,
              evidence: `${tombstone} takes connections`,
              fix: `alter database ${sqlIdent(tombstone)} allow_connections false`,
              repair: { kind: 'close-tombstone', database: tombstone, oid },
            }),
          ),
        'they are',
      );
    },
  }),
  check({
    id: 'tombstone-gone',
    title: 'the old database is there as long as the way back needs it',
    why: 'without it a rollback makes a new one: it works, but costs the old copy',
    needs: ['shared-answers'],
    reads: ['shared', 'journals'],
    look: ({ shared, journals }) => {
      const sql = 'value' in shared.sql ? shared.sql.value : undefined;
      return found(
        keptClosed(journals)
          .filter(
            ({ oid, systemIdentifier }) =>
              sql?.systemIdentifier !== systemIdentifier || !sql.databases.some((one) => one.oid === oid),
          )
          .map(
            ({ service, tombstone, oid }): Found => ({
              level: 'warn',
              service,
              evidence: `the shared instance has no database of oid ${oid} (${tombstone}) any more`,
              fix: `dbctl backup ${service}, then dbctl finalize ${service}: nothing is left to go back to`,
            }),
          ),
        'it is',
      );
    },
  }),
];

/** Old databases that finished moves keep for the way back; whose lock is held is being changed right now. */
const keptClosed = (journals: readonly JournalLook[]) =>
  journals
    .filter(({ phase, locked }) => phase === 'migrated' && !locked)
    .flatMap(({ service, tombstones }) => tombstones.map((one) => ({ service, ...one })));
