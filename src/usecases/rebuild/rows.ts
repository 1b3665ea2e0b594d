import type { DbctlError } from '../../errors/dbctl-error.js';
import type { ProvisionReport } from '../../report/provision-report.js';
import type { RebuildCopy, RebuildRow } from '../../report/rebuild-report.js';
import { redacted } from '../../shared/redact.js';
import { reported } from '../move-report.js';
import type { FoundCopies } from './seek.js';

const EMPTY = { copy: null, seconds: 0, phases: [], rows: null, equal: null, why: null } as const;

export const emptyRow = (service: string, status: RebuildRow['status']): RebuildRow => ({ ...EMPTY, service, status });

export const failedRow = (service: string, error: DbctlError, copy: RebuildCopy | null = null): RebuildRow =>
  redacted({ ...EMPTY, service, copy, status: 'failed', error: reported(error) });

/** `now`: for its age, which counts from before the first snapshot. */
export function copyOf({ copies, facts, target, passed }: FoundCopies, now: Date): RebuildCopy | null {
  const [first] = copies;
  if (!first) return null;
  const oldest = facts.map(({ manifest }) => manifest.started).sort()[0] ?? null;
  return {
    ...{ id: first.id, target, prefix: first.prefix, passed, started: oldest },
    finished: copies.map(({ finished }) => finished).sort()[0] ?? first.finished,
    ageSeconds: Math.max(0, Math.round((now.getTime() - Date.parse(oldest ?? first.finished)) / 1000)),
    bytes: copies.reduce((all, { bytes }) => all + bytes, 0),
    encrypted: copies.some(({ encrypted }) => encrypted),
    databases: facts.flatMap(({ databases }) => databases.map(({ name }) => name)),
  };
}

const STATUS: Readonly<Record<ProvisionReport['status'], RebuildRow['status']>> = {
  planned: 'ready',
  blocked: 'blocked',
  ok: 'ok',
  'nothing-to-do': 'nothing-to-do',
  failed: 'failed',
  undone: 'undone',
};

/** What came of one service that was begun. */
export function rowOf(report: ProvisionReport, copy: RebuildCopy | null): RebuildRow {
  const evidence = report.fill?.evidence ?? null;
  const steps = report.steps.filter(({ status }) => status !== 'skipped');
  return {
    ...{ service: report.service, status: STATUS[report.status], copy, why: null },
    seconds: Math.round(steps.reduce((all, { seconds }) => all + seconds, 0) * 1000) / 1000,
    phases: steps.map(({ id, seconds }) => ({ id, seconds })),
    rows: evidence?.databases.flatMap(({ tables }) => tables).reduce((all, { rows }) => all + rows, 0) ?? null,
    equal: evidence?.match ?? null,
    ...(report.error ? { error: report.error } : {}),
  };
}
