import type { DbctlError } from '../errors/dbctl-error.js';
import type { JournalHandle } from '../pipeline/journal-store.js';
import type {
  Downtime,
  LossReport,
  MigrateReport,
  MovedReport,
  RehearsalReport,
  ReportedError,
} from '../report/migrate-report.js';
import type { ProofFacts } from '../report/proof-report.js';
import type { EvidenceReport, StepResult } from '../report/report.js';
import { redacted } from '../shared/redact.js';

export interface ReportInput {
  readonly kind: 'migrate' | 'rollback' | 'finalize';
  readonly service: string;
  readonly run: string;
  readonly status: MigrateReport['status'];
  readonly journal?: JournalHandle;
  readonly steps?: readonly StepResult[];
  readonly notes?: readonly string[];
  readonly evidence?: EvidenceReport | undefined;
  readonly lost?: LossReport | undefined;
  readonly undo?: string;
  readonly error?: DbctlError;
}

/** Joins the steps' results with the values they recorded in the journal. */
export function moveReport(input: ReportInput): MigrateReport {
  const fact = <T>(key: string): T | undefined => input.journal?.fact<T>(`${input.kind}.${key}`);
  const downtime = fact<Downtime>('downtime') ?? null;
  const rehearsal = input.kind === 'migrate' ? input.journal?.fact<RehearsalReport>('rehearsal') : undefined;
  const proof = input.kind === 'migrate' ? undefined : (input.journal?.fact<ProofFacts>('proof') ?? undefined);
  return redacted({
    schema: `dbctl.${input.kind}/2`,
    service: input.service,
    run: input.run,
    status: input.status,
    downtimeSeconds: downtime ? seconds(downtime) : null,
    downtime,
    steps: input.steps ?? [],
    evidence: input.evidence ?? null,
    ...(rehearsal ? { rehearsal } : {}),
    moved: fact<MovedReport>('moved') ?? null,
    ...(proof ? { proof } : {}),
    ...(input.lost ? { lost: input.lost } : {}),
    ...(input.undo ? { undo: input.undo } : {}),
    notes: input.notes ?? [],
    ...(input.error ? { error: reported(input.error) } : {}),
  });
}

const seconds = ({ from, to }: Downtime): number => Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;

/** What others said is in it, a server that quotes what it was sent too: reports are kept in files. */
export const reported = (error: DbctlError): ReportedError =>
  redacted({
    code: error.code,
    message: error.message,
    where: error.where,
    value: error.value,
    next: error.next,
    details: error.details,
    exitCode: error.exitCode,
  });
