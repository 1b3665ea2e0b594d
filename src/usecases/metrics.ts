import type { BackupAttempt, DrillRecord } from '../report/backup-catalog.js';
import type { MetricFamily, MetricsDocument } from '../report/metrics.js';
import { rowFor } from './backups.js';
import type { UseCaseDeps } from './deps.js';
import { catalogsOfService, type SeenCatalog, seenCatalogs } from './seen-catalogs.js';

/** What every catalog says, for Prometheus. Reads files through Nomad, nothing else; changes nothing. */
export async function metrics(deps: UseCaseDeps): Promise<MetricsDocument> {
  const now = deps.clock.now();
  const all = await seenCatalogs(deps);
  // A database of the shared instance that nobody claims has no name to be drilled by.
  const drilled = new Set(deps.inventory.services.flatMap((service) => catalogsOfService(service, all)));
  const seen = all.map((one) => ({ ...one, maxAge: rowFor(deps, one, now).maxAge, drillable: drilled.has(one) }));
  return { schema: 'dbctl.metrics/1', at: now.toISOString(), families: metricFamilies(seen) };
}

type Measured = SeenCatalog & { readonly maxAge: number; readonly drillable: boolean };
type Value = number | undefined;

const STATUS: Readonly<Record<BackupAttempt['status'], number>> = { ok: 0, 'offsite-failed': 1, failed: 2 };

/** Names and labels are what alert rules and dashboards are written against: never renamed. Pure. */
export function metricFamilies(all: readonly Measured[]): MetricFamily[] {
  const each = (name: string, help: string, value: (one: Measured) => Value): MetricFamily => ({
    ...{ name, help },
    samples: all.flatMap((one) => sample({ service: one.service }, value(one))),
  });
  const last = ({ catalog }: Measured): BackupAttempt | undefined => catalog?.attempts.at(-1);
  const newest = ({ catalog }: Measured) => catalog?.sets.at(-1);
  return [
    each('dbctl_backup_catalog_up', '1 if the catalog of backups could be read.', ({ catalog }) => (catalog ? 1 : 0)),
    each('dbctl_backup_last_success_timestamp_seconds', 'When the newest backup was finished.', (one) =>
      seconds(newest(one)?.finished),
    ),
    each('dbctl_backup_size_bytes', 'Size of the newest backup.', (one) => newest(one)?.bytes),
    each('dbctl_backup_duration_seconds', 'How long the last attempt took.', (one) => last(one)?.seconds),
    each('dbctl_backup_last_attempt_timestamp_seconds', 'When the last attempt began.', (one) =>
      seconds(last(one)?.at),
    ),
    each('dbctl_backup_last_attempt_status', '0 ok, 1 an off-site copy failed, 2 no backup was made.', (one) =>
      statusOf(last(one)),
    ),
    each('dbctl_backup_sets', 'Backups that are kept.', ({ catalog }) => catalog?.sets.length),
    each('dbctl_backup_problem', '1 if something keeps the schedule from running.', ({ catalog }) =>
      catalog === null ? undefined : Number(catalog.problem !== null),
    ),
    each('dbctl_backup_max_age_seconds', 'How old the newest backup may be.', ({ maxAge }) => maxAge),
    offsite(all),
    each('dbctl_drill_possible', '1 where dbctl drill can restore it: a service of the inventory uses it.', (one) =>
      Number(one.drillable),
    ),
    each('dbctl_drill_last_success_timestamp_seconds', 'When a backup was last restored and found equal.', (one) =>
      seconds(one.catalog?.drills?.findLast(({ status }) => status === 'ok')?.at),
    ),
    each('dbctl_drill_last_status', '0 ok, 1 something was found, 2 it could not be carried through.', (one) =>
      drillStatus(one.catalog?.drills?.at(-1)),
    ),
    each(
      'dbctl_drill_rto_seconds',
      'From nothing to compared data, in the last drill that got there.',
      (one) => drilledRto(one.catalog?.drills)?.rtoSeconds ?? undefined,
    ),
    each(
      'dbctl_drill_rto_budget_seconds',
      'What that drill was allowed to take.',
      (one) => drilledRto(one.catalog?.drills)?.budgetSeconds ?? undefined,
    ),
  ];
}

const sample = (labels: Readonly<Record<string, string>>, value: Value): MetricFamily['samples'] =>
  value === undefined || Number.isNaN(value) ? [] : [{ labels, value }];

const seconds = (iso: string | undefined): Value => (iso === undefined ? undefined : Date.parse(iso) / 1000);

const statusOf = (attempt: BackupAttempt | undefined): Value => attempt && STATUS[attempt.status];

const drillStatus = (drill: DrillRecord | undefined): Value => {
  if (drill === undefined) return undefined;
  return { ok: 0, failed: 1 }[drill.status] ?? 2;
};

const drilledRto = (drills: readonly DrillRecord[] | undefined): DrillRecord | undefined =>
  drills?.findLast(({ rtoSeconds }) => typeof rtoSeconds === 'number');

function offsite(all: readonly Measured[]): MetricFamily {
  return {
    name: 'dbctl_offsite_last_success_timestamp_seconds',
    help: 'When the newest copy of a backup reached the target.',
    samples: all.flatMap(({ service, catalog }) =>
      [...newestCopies(catalog)].flatMap(([target, at]) => sample({ service, target }, seconds(at))),
    ),
  };
}

const newestCopies = (catalog: SeenCatalog['catalog']): ReadonlyMap<string, string> =>
  new Map((catalog?.sets ?? []).flatMap(({ receipts }) => receipts.map(({ target, at }) => [target, at] as const)));
