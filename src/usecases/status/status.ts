import type { Journal } from '../../pipeline/journal.js';
import { restoreOf } from '../../pipeline/nested-journal.js';
import type { ProofFacts } from '../../report/proof-report.js';
import type {
  JournalStatus,
  ServerStatus,
  ServiceStatusReport,
  StatusReport,
  StatusRow,
  UndoStatus,
} from '../../report/status-report.js';
import { serviceSets } from '../backups-row.js';
import type { UseCaseDeps } from '../deps.js';
import { requireService } from '../prepared-run.js';
import { type Look, look, type ServiceLook } from './look.js';
import { worstState } from './reasons.js';
import { backupsRowFor, catalogsFor, databasesOf, statusRow } from './row.js';
import { plain, sharedSide, sharedStatus, tombstonesOf } from './shared-side.js';

/** One row per service and what is left on the shared instance. Changes nothing; a source that fails is a reason in its row. */
export async function status(deps: UseCaseDeps): Promise<StatusReport> {
  return statusOf(deps, await look(deps, deps.inventory.services));
}

export function statusOf({ inventory }: Pick<UseCaseDeps, 'inventory'>, seen: Look): StatusReport {
  const services = seen.services.map((one) => statusRow(one, seen, inventory.shared.job));
  const state = worstState(services.map((row) => row.state));
  return {
    ...{ schema: 'dbctl.status/1', at: seen.now.toISOString(), status: state, services },
    ...{ shared: sharedStatus(inventory.shared.job, seen), exitCode: exitOf(state) },
  };
}

/** All of one service. Throws SERVICE_UNKNOWN. */
export async function serviceStatus(deps: UseCaseDeps, name: string): Promise<ServiceStatusReport> {
  const seen = await look(deps, [requireService(deps, name)]);
  const [report] = pagesOf(deps, seen);
  // One service was asked for, so there is one page.
  return report as ServiceStatusReport;
}

/** A page for each service of one look. Pure. */
export const pagesOf = ({ inventory }: Pick<UseCaseDeps, 'inventory'>, seen: Look): ServiceStatusReport[] =>
  seen.services.map((one) => pageOf(one, seen, inventory.shared.job));

function pageOf(one: ServiceLook, seen: Look, sharedJob: string): ServiceStatusReport {
  const row = statusRow(one, seen, sharedJob);
  const journal = 'value' in one.journal ? one.journal.value : undefined;
  const isShared = row.where.on === 'shared';
  const databases = isShared ? sharedSide(one.service, seen.shared).databases.map(plain) : databasesOf(one);
  return {
    ...{ schema: 'dbctl.service-status/1', at: seen.now.toISOString(), row, databases },
    server: serverStatus(one, seen, row),
    volumes: volumesOf(one),
    journal: journal ? journalStatus(journal) : null,
    undo: journal?.phase === 'migrated' ? undoStatus(one, journal) : null,
    backups: catalogsFor(one, seen).map((found) => serviceSets(found, backupsRowFor(found, one, seen.now), seen.now)),
    drills: catalogsFor(one, seen)[0]?.catalog?.drills ?? [],
    exitCode: exitOf(row.state),
  };
}

const exitOf = (state: StatusRow['state']): 0 | 2 => (state === 'ok' ? 0 : 2);

function serverStatus(one: ServiceLook, seen: Look, { where }: StatusRow): ServerStatus | null {
  const found = one.own === null ? seen.shared.server : one.server;
  if (found === null || 'why' in found || where.on === 'between' || where.on === 'unknown') return null;
  const { version, started, sessions, maxConnections } = found.value.server;
  return { job: where.job, address: where.address, version, started, sessions, maxConnections };
}

function volumesOf({ own }: ServiceLook): ServiceStatusReport['volumes'] {
  if (own === null || 'why' in own) return [];
  const { volume, backupVolume } = own.value.target;
  return [
    { holds: 'data', kind: volume.kind, name: volume.source },
    { holds: 'backups', kind: backupVolume.kind, name: backupVolume.source },
  ];
}

const journalStatus = (journal: Journal): JournalStatus => ({
  ...{ run: journal.run, phase: journal.phase, startedAt: journal.startedAt },
  settledAt: textOf(journal.facts['settled.at']),
  restore: restoreOf(journal)?.phase ?? null,
});

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function undoStatus(one: ServiceLook, journal: Journal): UndoStatus {
  const settled = textOf(journal.facts['settled.at']);
  const soakMs = one.service.finalize.soakSeconds * 1000;
  return {
    command: `dbctl rollback ${one.service.name}`,
    kept: tombstonesOf(one),
    finalizeFrom: settled === null ? null : new Date(Date.parse(settled) + soakMs).toISOString(),
    proof: (journal.facts['proof'] as ProofFacts | undefined) ?? null,
  };
}
