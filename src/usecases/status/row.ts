import { isUnfinished } from '../../pipeline/journal.js';
import type { BackupCatalog } from '../../report/backup-catalog.js';
import type { BackupsRow } from '../../report/backups-report.js';
import type { StatusDatabase, StatusPlace, StatusRow } from '../../report/status-report.js';
import { backupsRow, maxAgeOf } from '../backups-row.js';
import type { SeenCatalog } from '../seen-catalogs.js';
import type { Look, ServiceLook } from './look.js';
import {
  backupReasons,
  drillReasons,
  journalReasons,
  serverReasons,
  sharedReasons,
  stateOf,
  worstFirst,
} from './reasons.js';
import { plain, sharedSide } from './shared-side.js';

/** One service's line. Pure. */
export function statusRow(one: ServiceLook, look: Look, sharedJob: string): StatusRow {
  const where = placeOf(one, sharedJob);
  const side = where.on === 'shared' ? sharedSide(one.service, look.shared) : null;
  const databases = side ? side.databases.map(plain) : databasesOf(one);
  const known = where.on === 'dedicated' || where.on === 'shared';
  const backup = known ? worstBackup(one, look) : null;
  const catalog = (known ? catalogsFor(one, look)[0]?.catalog : null) ?? null;
  const reasons = worstFirst([
    ...journalReasons(one),
    ...serverReasons(one),
    ...sharedReasons(one.service.name, side?.problem ?? null),
    ...backupReasons(one.service.name, backup),
    ...drillReasons(one.service, catalog, look.now),
  ]);
  return {
    ...{ service: one.service.name, where, version: databases.length === 0 ? null : versionOf(one, look) },
    bytes: sum(databases.map(({ bytes }) => bytes)),
    sessions: sum(databases.map(({ sessions }) => sessions)),
    backup: backup && backupOf(backup),
    drill: drillOf(catalog, look.now),
    ...{ state: stateOf(reasons), reasons },
  };
}

function placeOf({ service, journal, own }: ServiceLook, sharedJob: string): StatusPlace {
  if ('why' in journal) return { on: 'unknown', job: service.job, address: null };
  const phase = journal.value?.phase;
  if (own !== null) return { on: 'dedicated', job: service.job, address: null, ...placed(own) };
  const between = phase !== undefined && isUnfinished(phase);
  return { on: between ? 'between' : 'shared', job: between ? service.job : sharedJob, address: null };
}

const placed = (own: NonNullable<ServiceLook['own']>): Partial<StatusPlace> =>
  'why' in own ? {} : { job: own.value.target.job, address: own.value.address };

/** Of its own server, those that are the service's. */
export function databasesOf({ own, server }: ServiceLook): StatusDatabase[] {
  if (own === null || 'why' in own || server === null || 'why' in server) return [];
  const names = own.value.target.databases.map(({ name }) => name);
  return server.value.databases.filter(({ name }) => names.includes(name)).map(plain);
}

function versionOf({ server }: ServiceLook, { shared }: Look): number | null {
  const seen = server ?? shared.server;
  return 'why' in seen ? null : seen.value.server.version;
}

const sum = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((total, value) => total + value, 0);

/** Catalogs that tell of the service. */
export const catalogsFor = (one: ServiceLook, look: Look): readonly SeenCatalog[] =>
  one.own === null ? sharedSide(one.service, look.shared).catalogs : one.catalog === null ? [] : [one.catalog];

export const backupsRowFor = (seen: SeenCatalog, { service }: ServiceLook, now: Date): BackupsRow =>
  backupsRow(seen, maxAgeOf(service), now);

const BAD: readonly BackupsRow['state'][] = ['failed', 'unseen', 'never', 'late', 'ok'];

/** A service is backed up as well as the worst of its databases. */
function worstBackup(one: ServiceLook, look: Look): BackupsRow | null {
  const rows = catalogsFor(one, look).map((seen) => backupsRowFor(seen, one, look.now));
  return rows.toSorted((a, b) => BAD.indexOf(a.state) - BAD.indexOf(b.state))[0] ?? null;
}

const backupOf = ({ state, newest, maxAge, why }: BackupsRow): StatusRow['backup'] => ({
  ...{ state, age: newest?.age ?? null, maxAge, why },
});

/** Noted in each catalog of a service. */
function drillOf(catalog: BackupCatalog | null, now: Date): StatusRow['drill'] {
  const last = catalog?.drills?.at(-1);
  if (last === undefined) return null;
  const age = Math.max(0, Math.round((now.getTime() - Date.parse(last.at)) / 1000));
  return { at: last.at, age, status: last.status, seconds: last.seconds ?? null };
}
