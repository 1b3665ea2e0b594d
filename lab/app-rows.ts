import { appApi, appStats } from './app-client.js';
import { auditLedger, lastWrites } from './audit.js';
import type { LabApp, LabHandle } from './handle.js';

/** One app of a lab at a glance. */
export interface AppRow {
  readonly service: string;
  readonly health: 'ok' | 'FAIL';
  /** Of the writing loop; null while the app cannot ask its database. */
  readonly rows: number | null;
  readonly lost: number | null;
  readonly doubled: number | null;
  /** ISO time of the slowest writing task's last acknowledged write. */
  readonly lastWrite: string | null;
  /** Where the app's databases are, by its own word; else why it has none. */
  readonly database: string;
}

async function databaseOf(url: string): Promise<string> {
  const stats = await appStats(url);
  const where = (stats?.databases ?? []).map(
    ({ database, serverAddress, serverPort }) => `${database} on ${serverAddress}:${serverPort}`,
  );
  return where.join(', ') || `none: ${stats?.lastError ?? 'no answer'}`;
}

async function rowOf(handle: LabHandle, { service, url, ledgerDir }: LabApp): Promise<AppRow> {
  const [answer, audit, database, writes] = await Promise.all([
    appApi(url).tryCall('get', '/health'),
    auditLedger(handle, service).catch(() => undefined),
    databaseOf(url),
    lastWrites(ledgerDir),
  ]);
  return {
    service,
    health: answer === undefined ? 'FAIL' : 'ok',
    rows: audit?.rowsInDatabase ?? null,
    lost: audit?.missing.length ?? null,
    doubled: audit?.doubled.length ?? null,
    lastWrite: writes.sort()[0] ?? null,
    database,
  };
}

/** One row per app that runs, speedtest's first. Looks and changes nothing. */
export const appRows = (handle: LabHandle): Promise<AppRow[]> =>
  Promise.all(handle.apps.map((app) => rowOf(handle, app)));
