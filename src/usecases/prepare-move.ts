import { dirname, join, resolve } from 'node:path';
import { DbctlError } from '../errors/dbctl-error.js';
import type { Journal } from '../pipeline/journal.js';
import { lookJobId, rehearsalJobId, rescueJobId, runId } from '../plan/names.js';
import { repointOf } from '../plan/own-file.js';
import type { Finding, ServicePlan } from '../plan/types.js';
import type { JobSource, NomadJob } from '../ports/nomad.js';
import {
  presetNamed,
  type RehearsalJob,
  removeServiceFromInit,
  renderLookJob,
  renderRehearsalJob,
  renderRescueJob,
  spliceRepoint,
  unsplice,
} from '../render/index.js';
import type { UseCaseDeps } from './deps.js';
import { asRepoint, finalSource, ownJobSource } from './facts/final-job.js';
import { readSubmission } from './facts/jobspec.js';
import { planServices } from './plan.js';
import { type PreparedRun, requireService } from './prepared-run.js';

/** Plans the move and renders every text of it. Throws PREFLIGHT_FAILED with all findings when the plan is blocked. */
export async function prepareMove(
  deps: UseCaseDeps,
  service: string,
  previous: Journal | undefined,
): Promise<PreparedRun> {
  const [plan] = (await planServices(deps, service)).services;
  if (!plan) throw new DbctlError('INTERNAL', 'the plan is empty', { where: service });
  requireOpen(plan, previous);
  const running = (await deps.nomad.job(plan.job.id)) ?? null;
  const { variables } = await readSubmission(deps, running);
  // The very texts that the plan was shown for.
  const { path, before, after, found } = await finalSource(deps, requireService(deps, service), plan, variables);
  const database = await ownDatabase(deps, plan, { path: resolve(deps.home, path), after });
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  const rehearsal = rehearsalOf(plan, run, running);
  const look = await lookOf(deps, plan, run, running);
  return {
    run,
    home: deps.home,
    plan,
    artifacts: {
      path: resolve(deps.home, path),
      before,
      after,
      ...(found === undefined ? {} : { found }),
      rehearsal,
      ...(database ? { database } : {}),
      ...(look ? { look } : {}),
    },
  };
}

/** Beside the app's own file. Never over a file that says anything else. */
async function ownDatabase(
  deps: UseCaseDeps,
  plan: ServicePlan,
  app: { path: string; after: JobSource },
): Promise<PreparedRun['artifacts']['database']> {
  if (plan.target.placement !== 'own-job') return undefined;
  const path = join(dirname(app.path), `${plan.target.job}.nomad.hcl`);
  const source = ownJobSource(plan, await deps.nomad.parseJob(app.after));
  const found = await deps.files.read(path);
  if (found === undefined || found === source.Source) return { path, source };
  throw new DbctlError('JOBSPEC_EXISTS', 'the file for the database is there already and says something else', {
    where: path,
    next: 'look what it is for, move it away, then run again',
  });
}

function requireOpen(plan: ServicePlan, previous: Journal | undefined): void {
  const blocked = plan.findings.filter((finding) => finding.level === 'blocked');
  requireServer(plan, blocked);
  if (blocked.length > 0 || plan.state === 'blocked') {
    throw new DbctlError('PREFLIGHT_FAILED', 'the move is not safe as things are', {
      where: `service ${plan.service}`,
      details: blocked.map(({ code, text, next }) => `${code}: ${text}. Next: ${next}`),
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

/** A server that is down makes no move unsafe: it is told as what it is, so that a script may try again. */
function requireServer({ service }: ServicePlan, blocked: readonly Finding[]): void {
  const down = blocked.find(({ code }) => code === 'DATABASE_UNAVAILABLE');
  if (down === undefined) return;
  throw new DbctlError('DATABASE_UNAVAILABLE', down.text, { where: `service ${service}`, next: down.next ?? '' });
}

function rehearsalOf(plan: ServicePlan, run: string, job: NomadJob | null): PreparedRun['artifacts']['rehearsal'] {
  const jobId = rehearsalJobId(plan.service, run);
  const volume = { ...plan.target.volume, kind: 'dynamic', source: jobId } as const;
  const part = { ...plan.target, job: jobId, volume, purpose: 'rehearsal' } as const;
  const text = renderRehearsalJob(part, throwaway(jobId, plan, job));
  return { jobId, volume: jobId, source: { Source: text, Format: 'hcl2' } };
}

const throwaway = (jobId: string, plan: ServicePlan, job: NomadJob | null): RehearsalJob => ({
  jobId,
  namespace: job?.Namespace ?? 'default',
  datacenters: Array.isArray(job?.['Datacenters']) ? job['Datacenters'].map(String) : ['*'],
  nodeId: plan.node.id,
});

/** A dynamic volume is known by its id; of the others only their contents tell. */
async function lookOf(
  { nomad }: UseCaseDeps,
  plan: ServicePlan,
  run: string,
  job: NomadJob | null,
): Promise<PreparedRun['artifacts']['look']> {
  const { volume, backupVolume } = plan.target;
  if (volume.kind === 'dynamic') return undefined;
  const jobId = lookJobId(plan.service, run);
  const there = (await nomad.hostVolumes()).some(
    ({ Name, NodeID }) => Name === backupVolume.source && NodeID === plan.node.id,
  );
  const backups = backupVolume.kind !== 'dynamic' || there;
  const source = renderLookJob(plan.target, { ...throwaway(jobId, plan, job), backups });
  return { jobId, source: { Source: source, Format: 'hcl2' } };
}

/**
 * The way back starts from the file as it is now: edits since the move stay, only dbctl's part and the changed settings
 * go. A file without the marks was taken back by hand already and is used as it is.
 */
export async function prepareWayBack(deps: UseCaseDeps, prepared: PreparedRun): Promise<PreparedRun> {
  const { path, after, before } = prepared.artifacts;
  const now = (await deps.files.read(path)) ?? after.Source;
  const { job, target } = prepared.plan;
  const ofGroup = target.placement === 'own-job' ? undefined : job.group;
  const current = { ...after, Source: now };
  const back = { ...before, Source: unsplice(await deps.hcl(), now, ofGroup) };
  const rescue = await rescueOf(deps, prepared, back);
  const artifacts = { ...prepared.artifacts, before: back, after: current, rescue };
  const repointed = await repointedBack(deps, prepared, back);
  return { ...prepared, artifacts: repointed === undefined ? artifacts : { ...artifacts, repointed } };
}

/** The job may be gone: what its text says has to do then. */
async function rescueOf(
  { nomad }: UseCaseDeps,
  { plan, run }: PreparedRun,
  back: JobSource,
): Promise<NonNullable<PreparedRun['artifacts']['rescue']>> {
  const job = (await nomad.job(plan.job.id)) ?? (await nomad.parseJob(back));
  const jobId = rescueJobId(plan.service, run);
  return { jobId, source: { Source: renderRescueJob(plan.target, throwaway(jobId, plan, job)), Format: 'hcl2' } };
}

/** An app that owns its settings is pointed back by its own tool before it starts: that job runs first. */
async function repointedBack(
  deps: UseCaseDeps,
  { plan }: PreparedRun,
  back: JobSource,
): Promise<JobSource | undefined> {
  const preset = presetNamed(requireService(deps, plan.service), plan.app.preset);
  const [task] = plan.app.tasks;
  const commands = preset && repointOf(requireService(deps, plan.service), preset);
  if (!commands || task === undefined || plan.app.ownAddress === undefined) return undefined;
  const options = { group: plan.job.group, task, repoint: asRepoint(commands), address: plan.app.ownAddress };
  return { ...back, Source: spliceRepoint(await deps.hcl(), back.Source, options) };
}

/** The shared job's file without this service's init block, when the inventory names the file. */
export async function prepareSharedInit(deps: UseCaseDeps, prepared: PreparedRun): Promise<PreparedRun> {
  const file = deps.inventory.shared.jobspec;
  const path = file === null ? undefined : resolve(deps.home, file);
  const before = path === undefined ? undefined : await deps.files.read(path);
  if (path === undefined || before === undefined) return prepared;
  const { databases, role } = prepared.plan.source;
  const ours = { databases: databases.map(({ name }) => name), role };
  const after = removeServiceFromInit(await deps.hcl(), before, ours).text;
  return { ...prepared, artifacts: { ...prepared.artifacts, sharedInit: { path, before, after } } };
}
