import { dirname, posix } from 'node:path';
import { programs } from '../engines/postgres/scripts.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { toolboxIn } from '../pipeline/backup-catalogs.js';
import { offsiteNote } from '../pipeline/put-offsite.js';
import { putPrograms } from '../pipeline/put-programs.js';
import { createVolume, findVolume } from '../pipeline/steps/stage.js';
import { describe, isTerminal, waitAlloc } from '../pipeline/wait-alloc.js';
import { isUnusable } from '../plan/facts.js';
import { sharedBackupJob, TASKS } from '../plan/names.js';
import { likeOf, sharedBackup } from '../plan/shared-backup.js';
import type { JobSource } from '../ports/nomad.js';
import { renderSharedBackupJob, type SharedBackup } from '../render/index.js';
import type { DeploySharedReport } from '../report/deploy-report.js';
import { fileName } from '../shared/file-name.js';
import type { UseCaseDeps } from './deps.js';
import { collectClusterFacts } from './facts/cluster.js';
import { resolved } from './facts/provision.js';
import { registeredAddress } from './facts/shared-address.js';
import { collectSource } from './facts/source.js';
import { putSharedOffsite } from './shared-offsite.js';

const DEADLINE_MS = 180_000;

export interface DeploySharedInput {
  /** Rejects when the operator declines; called once, before the first effect. */
  readonly confirm: (question: string) => Promise<void>;
}

interface Prepared {
  readonly job: SharedBackup;
  readonly path: string;
  readonly source: JobSource;
  readonly owner: { readonly uid: number; readonly gid: number };
}

/**
 * Starts the job that backs up the shared instance, and writes its jobspec beside the others. Twice is once. Throws
 * JOBSPEC_EXISTS, JOB_CHANGED, JOBSPEC_UNSUPPORTED, DATABASE_UNAVAILABLE, NOMAD_ALLOC_FAILED, CONFIRMATION_DECLINED.
 */
export async function deployShared(deps: UseCaseDeps, input: DeploySharedInput): Promise<DeploySharedReport> {
  const prepared = await prepare(deps);
  const { job, path, source } = prepared;
  const running = await deps.nomad.job(job.jobId);
  const current = running && (await deps.nomad.submission(running.ID, running.Version ?? 0));
  await requireOwnFile(deps, path, [source.Source, current?.Source]);
  const unchanged = running?.Stop === false && current?.Source === source.Source;
  if (!unchanged)
    await input.confirm(`Start job ${job.jobId}, which backs up every database of job ${job.server.job}.`);
  const made = await makeVolume(deps, prepared);
  if (!unchanged) await register(deps, prepared, running?.JobModifyIndex ?? 0);
  const plan = { service: fileName(job.server.job) };
  const ctx = { nomad: deps.nomad, signal: deps.signal, plan };
  const toolbox = await toolboxIn(deps, job.jobId);
  const lacks = await putSharedOffsite(deps, toolbox);
  const sha = await putPrograms(ctx, toolbox);
  await deps.files.write(path, source.Source);
  return {
    schema: 'dbctl.deploy-shared/1',
    status: unchanged ? 'unchanged' : 'deployed',
    ...{ job: job.jobId, node: job.nodeId ?? null, jobspec: path, volume: job.backupVolume.source, made },
    schedule: job.settings['SCHEDULE'] ?? '',
    programs: sha,
    notes: lacks.map(offsiteNote),
  };
}

async function prepare(deps: UseCaseDeps): Promise<Prepared> {
  const { inventory } = deps;
  const cluster = await collectClusterFacts(deps);
  const job = cluster.jobs.find(({ ID }) => ID === inventory.shared.job);
  if (!job)
    throw new DbctlError('JOB_NOT_FOUND', 'the shared instance is not running', { where: inventory.shared.job });
  const source = await collectSource(deps, { ...likeOf(inventory), databases: [], role: null }, [], cluster);
  if (isUnusable(source))
    throw new DbctlError('DATABASE_UNAVAILABLE', source.text, { where: `job ${job.ID}`, next: source.next });
  const registered = (await registeredAddress(deps, cluster.jobs)) !== undefined;
  const facts = { source, job, volumes: cluster.volumes, registered, programs: programs().sha };
  const part = sharedBackup(inventory, facts, sharedBackupJob(job.ID));
  const hcl: JobSource = { Source: renderSharedBackupJob(part), Format: 'hcl2' };
  await validate(deps, hcl, part.jobId);
  if (source.owner === null)
    throw new DbctlError(
      'DATABASE_UNAVAILABLE',
      'the ids of the postgres user cannot be told, so no volume can be made',
      {
        where: `job ${job.ID}`,
      },
    );
  return { job: part, path: pathOf(deps, part.jobId), source: hcl, owner: source.owner };
}

/** New files go beside the others. */
function pathOf(deps: UseCaseDeps, jobId: string): string {
  const { shared, services } = deps.inventory;
  const beside = shared.jobspec ?? services.find(({ jobspec }) => jobspec !== null)?.jobspec;
  return resolved(deps, posix.join(beside ? dirname(beside) : 'jobs', `${jobId}.nomad.hcl`));
}

async function validate(deps: UseCaseDeps, source: JobSource, where: string): Promise<void> {
  const { errors } = await deps.nomad.validateJob(await deps.nomad.parseJob(source));
  if (errors.length === 0) return;
  throw new DbctlError('JOBSPEC_UNSUPPORTED', 'Nomad does not accept the jobspec', { where, details: errors });
}

/** An operator's edit is never written over: only what dbctl wrote, or what runs, is replaced. */
async function requireOwnFile(deps: UseCaseDeps, path: string, known: readonly (string | undefined)[]): Promise<void> {
  const now = await deps.files.read(path);
  if (now === undefined || known.includes(now)) return;
  throw new DbctlError('JOBSPEC_EXISTS', 'the file is there and says something else than the running job', {
    where: path,
    next: 'register it with nomad job run, or move it away, and try again',
  });
}

async function makeVolume(deps: UseCaseDeps, { job, owner }: Prepared): Promise<string[]> {
  const { kind, source } = job.backupVolume;
  if (kind !== 'dynamic' || job.nodeId === undefined) return [];
  const ctx = { nomad: deps.nomad, plan: { node: { id: job.nodeId }, owner } };
  if (await findVolume(ctx, source)) return [];
  await createVolume(ctx, source, 'backup');
  return [source];
}

async function register(deps: UseCaseDeps, { job, source }: Prepared, enforceIndex: number): Promise<void> {
  const parsed = await deps.nomad.parseJob(source);
  const { evalId } = await deps.nomad.registerJob(parsed, { enforceIndex, submission: source });
  const version = (await deps.nomad.job(job.jobId))?.Version ?? 0;
  const alloc = await waitAlloc(deps, {
    jobId: job.jobId,
    what: `job ${job.jobId}`,
    deadlineMs: DEADLINE_MS,
    evalId,
    signal: deps.signal,
    ready: (allocations) =>
      allocations.find(
        (one) =>
          one.DesiredStatus === 'run' &&
          one.JobVersion === version &&
          one.TaskStates?.[TASKS.toolbox]?.State === 'running',
      ),
  });
  if (!isTerminal(alloc)) return;
  throw new DbctlError('NOMAD_ALLOC_FAILED', 'the job did not come up', {
    where: `allocation ${alloc.ID}`,
    details: describe(alloc),
    next: `nomad job status ${job.jobId}`,
  });
}
