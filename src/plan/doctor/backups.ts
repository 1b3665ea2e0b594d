import type { BackupState, BackupsRow } from '../../report/backups-report.js';
import { type Check, checksOf, type Found, found, type Looked } from './check.js';
import type { BackupsLook } from './facts.js';

const check = checksOf('backups', ['nomad-token', 'journal-unreadable']);

const hours = (seconds: number): string => `${Math.floor(seconds / 3600)} h`;

/** The name that the commands take: a database of the shared instance has none of its own. */
const commandFor = ({ on, service }: BackupsRow): string =>
  on === 'dedicated' ? `dbctl backup ${service}` : 'dbctl backup-all';

/** Only a service's own backup can be made by its name alone. */
const repairOf = ({ on, service }: BackupsRow): Pick<Found, 'repair'> =>
  on === 'dedicated' ? { repair: { kind: 'backup', service } } : {};

const ofState = (
  { rows }: BackupsLook,
  state: BackupState,
  tell: (row: BackupsRow) => Omit<Found, 'service'>,
): Looked =>
  found(
    rows.filter((row) => row.state === state).map((row) => ({ service: row.service, ...tell(row) })),
    `${rows.length} looked at`,
  );

export const BACKUPS_CHECKS: readonly Check[] = [
  check({
    id: 'backup-unseen',
    title: 'every database is backed up by somebody',
    why: 'one job that nothing backs up is found out on the day that it is needed',
    reads: ['backups'],
    look: ({ backups }) =>
      ofState(backups, 'unseen', (row) => ({
        level: 'fail',
        evidence: row.why ?? 'its backups cannot be seen',
        fix:
          row.on === 'shared'
            ? 'dbctl backup deploy-shared'
            : `dbctl backups ${row.service}; when the job runs: dbctl backup ${row.service}`,
      })),
  }),
  check({
    id: 'backup-never',
    title: 'every schedule has made a backup',
    why: 'nothing can be restored',
    reads: ['backups'],
    look: ({ backups }) =>
      ofState(backups, 'never', (row) => ({
        level: 'fail',
        evidence: row.why ?? 'there is no backup yet',
        fix: commandFor(row),
        ...repairOf(row),
      })),
  }),
  check({
    id: 'backup-failed',
    title: 'the last attempt of each went well',
    why: 'what fails once fails every night until somebody looks',
    reads: ['backups'],
    look: ({ backups }) =>
      ofState(backups, 'failed', (row) => ({
        level: 'fail',
        evidence: row.why ?? 'the last attempt failed',
        fix: `${commandFor(row)} tries again; the log: nomad alloc logs -job ${row.job} db-backup`,
      })),
  }),
  check({
    id: 'backup-late',
    title: 'the newest backup of each is young enough',
    why: 'everything since then would be lost',
    reads: ['backups'],
    look: ({ backups }) =>
      ofState(backups, 'late', (row) => ({
        level: 'fail',
        evidence: `the newest is ${hours(row.newest?.age ?? 0)} old, at most ${hours(row.maxAge)} are wanted${row.why === null ? '' : `; ${row.why}`}`,
        fix: commandFor(row),
        ...repairOf(row),
      })),
  }),
  check({
    id: 'backup-schedule',
    title: 'no schedule is kept from running',
    why: 'the newest backup is still young, and the next one will not come',
    reads: ['backups'],
    look: ({ backups: { rows } }) =>
      found(
        rows
          .filter(({ problem }) => problem !== null)
          .map(({ service, problem }) => ({
            level: 'warn',
            service,
            evidence: problem ?? '',
            fix: `dbctl backup ${service.split('/')[0]} brings the programs anew`,
          })),
        'none is',
      ),
  }),
  check({
    id: 'offsite-missing',
    title: 'copies go where the inventory says',
    why: 'a backup on the disk of the data is gone with it',
    reads: ['backups'],
    look: ({ backups: { rows }, inventory }) =>
      found(
        rows.flatMap(({ service, on, sets, targets }): Found[] => {
          const own = inventory.services.find(({ name }) => name === service)?.backup;
          const wanted = (on === 'shared' ? inventory.shared.backup : own)?.offsite ?? [];
          const missing = wanted.filter(({ name }) => !targets.some(({ target }) => target === name));
          return sets === 0 || missing.length === 0
            ? []
            : [
                {
                  level: 'fail',
                  service,
                  evidence: `no backup was ever copied to ${missing.map(({ name }) => name).join(', ')}`,
                  fix: `dbctl backup ${service.split('/')[0]}; its report tells why the copy fails`,
                },
              ];
        }),
        'they do',
      ),
  }),
  check({
    id: 'offsite-none',
    title: 'every service keeps a copy elsewhere, or says that it needs none',
    why: 'a backup on the disk of the data is gone with it',
    reads: ['backups'],
    look: ({ backups: { rows }, inventory }) =>
      found(
        rows.flatMap(({ service, on }): Found[] => {
          const own = inventory.services.find(({ name }) => name === service);
          return on === 'dedicated' && own?.backup.offsite.length === 0 && own.finalize.offsite === 'required'
            ? [
                {
                  level: 'warn',
                  service,
                  evidence: 'its backups lie on one disk with its data',
                  fix: 'set defaults.backup.offsite (docs/backups.md), or finalize: { offsite: waived }',
                },
              ]
            : [];
        }),
        'they do',
      ),
  }),
  check({
    id: 'offsite-late',
    title: 'the newest backup of each was copied',
    why: 'the copy elsewhere is older than the one that may be lost',
    reads: ['backups'],
    look: ({ backups: { rows }, now }) =>
      found(
        rows.flatMap(({ service, targets, maxAge }): Found[] =>
          targets
            .filter(({ at }) => now.getTime() - Date.parse(at) > maxAge * 1000)
            .map(({ target, at }) => ({
              level: 'warn',
              service,
              evidence: `the newest copy at ${target} is of ${at}`,
              fix: `dbctl backup ${service.split('/')[0]}; its report tells why the copy fails`,
            })),
        ),
        'it was',
      ),
  }),
  check({
    id: 'drill-due',
    title: 'backups are restored on trial as often as they should be',
    why: 'a backup that was never restored is a hope',
    reads: ['backups'],
    look: ({ backups: { drills } }) =>
      found(
        drills
          .filter(({ schedule, notDue }) => schedule !== null && notDue === null)
          .map(({ service, last }) => ({
            level: 'warn',
            service,
            evidence: last === null ? 'it was never drilled' : `its last drill was ${last.at}`,
            fix: `dbctl drill ${service}`,
          })),
        'they are',
      ),
  }),
  check({
    id: 'drill-failed',
    title: 'the last drill of each brought everything back',
    why: 'the backups there are do not give the data back',
    reads: ['backups'],
    look: ({ backups: { drills } }) =>
      found(
        drills
          .filter(({ last }) => last !== null && last.status !== 'ok')
          .map(({ service, last }) =>
            // A drill that could not be carried through says nothing of the backup.
            last?.status === 'error'
              ? {
                  level: 'warn' as const,
                  service,
                  evidence: `the drill of ${last.at} could not be carried through`,
                  fix: `dbctl drill ${service} says why`,
                }
              : {
                  level: 'fail' as const,
                  service,
                  evidence: `the drill of ${last?.at ?? ''}: ${last?.status ?? ''}`,
                  fix: `dbctl drill ${service} shows what is wrong and how to go on`,
                },
          ),
        'it did',
      ),
  }),
  check({
    id: 'rto-over',
    title: 'a restore takes no longer than it may',
    why: 'the budget is what somebody was promised',
    reads: ['backups'],
    look: ({ backups: { drills } }) =>
      found(
        drills.flatMap(({ service, last, rtoSeconds }): Found[] =>
          rtoSeconds === null || last?.seconds == null || last.seconds <= rtoSeconds
            ? []
            : [
                {
                  level: 'warn',
                  service,
                  evidence: `the last drill took ${Math.round(last.seconds)} s, the budget is ${rtoSeconds} s`,
                  fix: `more CPU for the server, or another drill.rto of ${service}`,
                },
              ],
        ),
        'none does',
      ),
  }),
];
