import { readFile } from 'node:fs/promises';
import { DbctlError } from '../src/errors/dbctl-error.js';
import type { Api } from './http.js';
import { waitUntil } from './processes.js';

interface Alloc {
  readonly ID: string;
  readonly JobID: string;
  readonly ClientStatus: string;
  readonly TaskStates: Record<string, TaskState> | null;
}

interface TaskState {
  readonly State: string;
  readonly Failed: boolean;
  readonly Restarts: number;
  readonly Events: { readonly DisplayMessage: string; readonly Type: string }[] | null;
}

export interface VolumeSpec {
  readonly name: string;
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
}

interface Volume {
  readonly ID: string;
  readonly Name: string;
  readonly HostPath: string;
}

/** Is a node ready whose driver is healthy? Nobody answering counts as no. */
export async function nodeIsReady(api: Api, driver = 'exec'): Promise<boolean> {
  const nodes = await api.tryCall<{ Status: string; Drivers: Record<string, { Healthy: boolean }> | null }[]>(
    'get',
    '/v1/nodes',
  );
  return nodes?.some((node) => node.Status === 'ready' && node.Drivers?.[driver]?.Healthy === true) ?? false;
}

/** Makes a dynamic host volume unless one of that name is there; returns its folder on this machine. */
export async function ensureVolume(api: Api, { name, mode, uid, gid }: VolumeSpec): Promise<string> {
  const existing = (await api.call<Volume[]>('get', '/v1/volumes?type=host')).find((volume) => volume.Name === name);
  if (existing !== undefined) return (await api.call<Volume>('get', `/v1/volume/host/${existing.ID}`)).HostPath;
  const body = {
    Volume: {
      Name: name,
      PluginID: 'mkdir',
      RequestedCapabilities: [{ AccessMode: 'single-node-single-writer', AttachmentMode: 'file-system' }],
      Parameters: { mode, uid: String(uid), gid: String(gid) },
    },
  };
  const { Volume: made } = await api.call<{ Volume: Volume }>('put', '/v1/volume/host/create', body);
  const find = async (): Promise<Volume> => api.call<Volume>('get', `/v1/volume/host/${made.ID}`);
  await waitUntil(async () => (await find()).HostPath !== '', 5000, 50);
  return (await find()).HostPath;
}

/** Registers a jobspec file as `nomad job run` does, its source included. */
export async function runJobFile(api: Api, path: string): Promise<void> {
  const source = await readFile(path, 'utf8');
  const job = await api.call<unknown>('post', '/v1/jobs/parse', { JobHCL: source, Canonicalize: true });
  await api.call('put', '/v1/jobs', { Job: job, Submission: { Source: source, Format: 'hcl2' } });
}

export const allocsOf = async (api: Api, job: string): Promise<Alloc[]> =>
  (await api.tryCall<Alloc[]>('get', `/v1/job/${job}/allocations`)) ?? [];

const lastWords = (name: string, state: TaskState): string =>
  `${name}: ${state.State}${state.Failed ? ', failed' : ''}: ${state.Events?.at(-1)?.DisplayMessage ?? 'no event'}`;

async function failure(api: Api, job: string, ms: number): Promise<DbctlError> {
  const allocs = await allocsOf(api, job);
  const details = allocs.flatMap((alloc) =>
    Object.entries(alloc.TaskStates ?? {}).map(([name, state]) => `${alloc.ID.slice(0, 8)} ${lastWords(name, state)}`),
  );
  return new DbctlError('NOMAD_ALLOC_FAILED', `job ${job} is not where it should be after ${ms / 1000} s`, {
    where: `job ${job}`,
    details,
  });
}

/** Waits until a task of the job's running allocation satisfies `good`. Throws NOMAD_ALLOC_FAILED with the tasks' last events. */
export async function waitForTask(
  api: Api,
  job: string,
  task: string,
  good: (state: TaskState) => boolean,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const done = async (): Promise<boolean> => {
    const live = (await allocsOf(api, job)).filter((alloc) => alloc.ClientStatus === 'running');
    return live.some((alloc) => {
      const state = alloc.TaskStates?.[task];
      return state !== undefined && good(state);
    });
  };
  if (!(await waitUntil(done, ms, 100, signal))) throw await failure(api, job, ms);
}

export const finishedWell = (state: TaskState): boolean => state.State === 'dead' && !state.Failed;
export const isRunning = (state: TaskState): boolean => state.State === 'running';

/**
 * Stops every job; true when every allocation ended within `ms`. Not purged: Nomad forgets purged allocations at once,
 * and then nobody can tell when their tasks have gone.
 */
export async function stopAllJobs(api: Api, ms: number): Promise<boolean> {
  const jobs = (await api.tryCall<{ ID: string; Namespace: string }[]>('get', '/v1/jobs?namespace=*')) ?? [];
  await Promise.all(
    jobs.map(({ ID, Namespace }) => api.tryCall('delete', `/v1/job/${encodeURIComponent(ID)}?namespace=${Namespace}`)),
  );
  const ended = async (): Promise<boolean> => {
    const allocs = await api.tryCall<Alloc[]>('get', '/v1/allocations?namespace=*');
    return allocs?.every(({ ClientStatus }) => ['complete', 'failed', 'lost'].includes(ClientStatus)) ?? true;
  };
  return waitUntil(ended, ms, 100);
}
