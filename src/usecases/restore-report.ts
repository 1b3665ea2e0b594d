import type { DbctlError } from '../errors/dbctl-error.js';
import type { JournalHandle } from '../pipeline/journal-store.js';
import type { RestoreRequest } from '../pipeline/restore/context.js';
import type { Kept } from '../pipeline/restore/facts.js';
import type { EvidenceReport, StepResult } from '../report/report.js';
import type { RestoreReport } from '../report/restore-report.js';
import { redacted } from '../shared/redact.js';
import { reported } from './move-report.js';

export interface RestoreReportInput {
  readonly action: RestoreReport['action'];
  readonly service: string;
  readonly status: RestoreReport['status'];
  readonly journal: JournalHandle;
  readonly steps?: readonly StepResult[];
  readonly notes?: readonly string[];
  readonly evidence?: EvidenceReport | null;
  readonly error?: DbctlError | undefined;
}

/** Joins the outcome with what the steps recorded. */
export function restoreReport(input: RestoreReportInput): RestoreReport {
  const { action, service, status, journal, error } = input;
  const fact = <T>(key: string): T | undefined => journal.fact<T>(key) ?? undefined;
  const kept = fact<Kept>('kept')?.databases ?? [];
  return redacted({
    schema: 'dbctl.restore/1',
    ...{ action, service, status },
    run: journal.current?.run ?? null,
    set: setOf(fact<RestoreRequest>('request'), fact<{ started: string; finished: string }>('set')),
    safety: fact<string>('safety') ?? null,
    closedSeconds: secondsBetween(fact('closed.at'), fact('swapped.at')),
    firstSession: fact<string>('seen') ?? null,
    evidence: input.evidence ?? null,
    kept: kept.map(({ database, name }) => ({ database, name })),
    steps: input.steps ?? [],
    notes: input.notes ?? [],
    next: kept.length > 0 && status === 'ok' ? nextOf(action, service) : [],
    ...(error ? { error: reported(error) } : {}),
  });
}

const nextOf = (action: RestoreReport['action'], service: string): string[] => [
  ...(action === 'restore' ? [`dbctl restore ${service} --undo   (what was live before is live again)`] : []),
  `dbctl restore ${service} --done   (drops what waits closed beside the live database)`,
];

function setOf(
  request: RestoreRequest | undefined,
  found: { readonly started: string; readonly finished: string } | undefined,
): RestoreReport['set'] {
  if (!request) return null;
  const { chosen, offsite } = request;
  return {
    id: chosen.id,
    started: found?.started ?? chosen.started,
    finished: found?.finished ?? chosen.finished,
    from: offsite?.name ?? 'backup volume',
  };
}

const secondsBetween = (from: string | undefined, to: string | undefined): number | null =>
  from === undefined || to === undefined ? null : Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
