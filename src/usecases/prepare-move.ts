import { resolve } from 'node:path';
import { DbctlError } from '../errors/dbctl-error.js';
import type { Journal } from '../pipeline/journal.js';
import { rehearsalJobId, runId } from '../plan/names.js';
import type { ServicePlan } from '../plan/types.js';
import type { JobSource } from '../ports/nomad.js';
import { presetById, removeServiceFromInit, renderRehearsalJob, spliceDatabase, unsplice } from '../render/index.js';
import type { UseCaseDeps } from './deps.js';
import { planServices } from './plan.js';
import type { PreparedRun } from './prepared-run.js';

/** Plans the move and renders every text of it. Throws PREFLIGHT_FAILED with all findings when the plan is blocked. */
export async function prepareMove(
  deps: UseCaseDeps,
  service: string,
  previous: Journal | undefined,
): Promise<PreparedRun> {
  const [plan] = (await planServices(deps, service)).services;
  if (!plan) throw new DbctlError('INTERNAL', 'the plan is empty', { where: service });
  requireOpen(plan, previous);
  const path = resolve(deps.home, plan.job.jobspec);
  const text = await deps.files.read(path);
  if (text === undefined) throw new DbctlError('JOBSPEC_NOT_FOUND', 'the jobspec file is gone', { where: path });
  const before: JobSource = { ...(await submittedVariables(deps, plan)), Source: text, Format: 'hcl2' };
  const after = { ...before, Source: await spliced(deps, plan, text) };
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  return { run, plan, artifacts: { path, before, after, rehearsal: await rehearsalOf(deps, plan, run) } };
}

function requireOpen(plan: ServicePlan, previous: Journal | undefined): void {
  const blocked = plan.findings.filter((finding) => finding.level === 'blocked');
  if (blocked.length > 0 || plan.state === 'blocked') {
    throw new DbctlError('PREFLIGHT_FAILED', 'the move is not safe as things are', {
      where: `service ${plan.service}`,
      details: blocked.map(({ code, text, next }) => `${code}: ${text}${next ? ` (${next})` : ''}`),
      next: `dbctl plan ${plan.service}`,
    });
  }
  if (plan.state === 'done') {
    throw new DbctlError('RUN_NOT_FOUND', 'the job has a database of its own, but no journal tells how it got there', {
      where: `job ${plan.job.id}`,
      value: previous?.phase ?? 'no journal',
      next: 'take the part between the dbctl marks out of the jobspec, or keep it as it is',
    });
  }
}

/** HCL variables the job was registered with; they belong to the text. */
async function submittedVariables(
  deps: UseCaseDeps,
  plan: ServicePlan,
): Promise<Pick<JobSource, 'VariableFlags' | 'Variables'>> {
  const job = await deps.nomad.job(plan.job.id);
  const submission = job?.Version === undefined ? undefined : await deps.nomad.submission(plan.job.id, job.Version);
  return {
    ...(submission?.VariableFlags ? { VariableFlags: submission.VariableFlags } : {}),
    ...(submission?.Variables ? { Variables: submission.Variables } : {}),
  };
}

async function spliced(deps: UseCaseDeps, plan: ServicePlan, text: string): Promise<string> {
  const preset = presetById(plan.app.preset);
  if (!preset) throw new DbctlError('INTERNAL', 'the plan names an unknown preset', { value: plan.app.preset });
  const options = { part: plan.target, preset, group: plan.job.group, tasks: plan.app.tasks };
  return spliceDatabase(await deps.hcl(), text, options).text;
}

async function rehearsalOf(
  deps: UseCaseDeps,
  plan: ServicePlan,
  run: string,
): Promise<PreparedRun['artifacts']['rehearsal']> {
  const jobId = rehearsalJobId(plan.service, run);
  const job = await deps.nomad.job(plan.job.id);
  const volume = { ...plan.target.volume, kind: 'dynamic', source: jobId } as const;
  const part = { ...plan.target, job: jobId, volume, purpose: 'rehearsal' } as const;
  const datacenters = Array.isArray(job?.['Datacenters']) ? job['Datacenters'].map(String) : ['*'];
  const text = renderRehearsalJob(part, {
    jobId,
    namespace: job?.Namespace ?? 'default',
    datacenters,
    nodeId: plan.node.id,
  });
  return { jobId, volume: jobId, source: { Source: text, Format: 'hcl2' } };
}

/**
 * The way back starts from the file as it is now: edits since the move stay, only dbctl's part and the changed settings
 * go. A file without the marks was taken back by hand already and is used as it is.
 */
export async function prepareWayBack(deps: UseCaseDeps, prepared: PreparedRun): Promise<PreparedRun> {
  const { path, after, before } = prepared.artifacts;
  const now = (await deps.files.read(path)) ?? after.Source;
  const current = { ...after, Source: now };
  const back = { ...before, Source: unsplice(await deps.hcl(), now, prepared.plan.job.group) };
  return { ...prepared, artifacts: { ...prepared.artifacts, before: back, after: current } };
}

/** The shared job's file without this service's init block, when the inventory names the file. */
export async function prepareSharedInit(deps: UseCaseDeps, prepared: PreparedRun): Promise<PreparedRun> {
  const file = deps.inventory.shared.jobspec;
  const path = file === null ? undefined : resolve(deps.home, file);
  const before = path === undefined ? undefined : await deps.files.read(path);
  if (path === undefined || before === undefined) return prepared;
  const { database, role } = prepared.plan.source;
  const after = removeServiceFromInit(await deps.hcl(), before, { database, role }).text;
  return { ...prepared, artifacts: { ...prepared.artifacts, sharedInit: { path, before, after } } };
}
