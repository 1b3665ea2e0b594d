import type { DbctlError } from '../errors/dbctl-error.js';
import type { JournalHandle } from '../pipeline/journal-store.js';
import type { FillPlan, ProvisionPlan } from '../plan/provision/types.js';
import type { FillReport, LoginProof, ProvisionReport } from '../report/provision-report.js';
import type { EvidenceReport, StepResult } from '../report/report.js';
import { redacted } from '../shared/redact.js';
import { reported } from './move-report.js';

export interface ProvisionReportInput {
  readonly plan: ProvisionPlan;
  readonly run: string | null;
  readonly status: ProvisionReport['status'];
  readonly journal?: JournalHandle;
  readonly evidence?: EvidenceReport | null;
  readonly steps?: readonly StepResult[];
  readonly notes?: readonly string[];
  readonly error?: DbctlError;
}

/** Joins the plan with what the steps recorded in the journal. */
export function provisionReport({
  plan,
  run,
  status,
  journal,
  evidence = null,
  steps = [],
  notes = [],
  error,
}: ProvisionReportInput): ProvisionReport {
  const { target } = plan;
  const fact = <T>(key: string): T | undefined => journal?.fact<T>(key);
  return redacted({
    schema: 'dbctl.provision/1',
    ...{ service: plan.service, run, status, kind: plan.kind },
    databases: target.databases.map(({ name }) => name),
    role: target.role,
    extensions: target.extensions ?? [],
    address: plan.address,
    job: plan.job.id,
    jobspec: plan.job.jobspec,
    node: plan.kind === 'shared' ? '' : plan.node.name,
    volume: plan.kind === 'shared' ? null : target.volume.source,
    secret: {
      where: plan.secret.where,
      version: fact<number>('secret.version') ?? null,
      made: status !== 'nothing-to-do' && (fact<boolean>('secret.made') ?? !plan.secret.exists),
    },
    inventory: { path: plan.inventory.path, added: plan.inventory.adds && status !== 'nothing-to-do' },
    ...(plan.fill ? { fill: fillReport(plan.fill, evidence) } : {}),
    proof: fact<LoginProof>('proof') ?? null,
    findings: plan.findings,
    steps,
    notes,
    next: status === 'ok' || status === 'planned' ? nextOf(plan) : [],
    ...(error ? { error: reported(error) } : {}),
  });
}

const fillReport = ({ major: _, ...fill }: FillPlan, evidence: EvidenceReport | null): FillReport => ({
  ...fill,
  evidence,
});

/** What is left for the operator to do. */
function nextOf(plan: ProvisionPlan): string[] {
  const { target } = plan;
  if (plan.kind === 'shared' && !plan.restartShared)
    return [
      `nomad job run ${plan.job.jobspec}   (when a restart suits everybody: ${plan.dependents.map(({ name }) => name).join(', ') || 'nobody else'})`,
    ];
  if (plan.kind !== 'own-job') return [];
  return [
    `point the app at {{ with nomadService "${target.serviceName}" }}{{ with index . 0 }}{{ .Address }}:{{ .Port }}{{ end }}{{ end }}, database ${target.databases.map(({ name }) => name).join(', ')}, role ${target.role}, password from ${plan.secret.where} key ${target.vault.key}`,
  ];
}
