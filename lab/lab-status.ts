import { type AppStats, appStats } from './app-client.js';
import type { LabHandle } from './handle.js';
import { openApi } from './http.js';
import { isOurs } from './processes.js';
import { allRecords, handleOf, type LabRecord, readRecord } from './record.js';

export interface LabStatus {
  readonly name: string;
  /** `up` = everything runs; `broken` = recorded but not whole; `absent` = no such lab. */
  readonly state: 'up' | 'broken' | 'absent';
  readonly handle?: LabHandle;
  readonly stage?: LabRecord['stage'];
  readonly createdAt?: string;
  /** Process alive, by name. */
  readonly processes: Readonly<Record<string, boolean>>;
  readonly jobs: readonly { readonly id: string; readonly status: string }[];
  readonly app?: AppStats;
}

async function jobsOf(handle: LabHandle): Promise<LabStatus['jobs']> {
  const jobs = await openApi(handle.nomadAddr).tryCall<{ ID: string; Status: string }[]>('get', '/v1/jobs');
  return (jobs ?? []).map(({ ID, Status }) => ({ id: ID, status: Status }));
}

async function statusOf(record: LabRecord): Promise<LabStatus> {
  const { name, stage, createdAt } = record;
  const alive = Object.entries(record.pids).map(async ([key, pid]) => [key, await isOurs(pid, record.dir)] as const);
  const processes = Object.fromEntries(await Promise.all(alive));
  const base = { name, stage, createdAt, processes };
  const handle = await handleOf(record);
  if (handle === undefined) return { ...base, state: 'broken', jobs: [] };
  const app = await appStats(handle.appUrl);
  const whole = stage === 'up' && Object.values(processes).every(Boolean) && app !== undefined;
  return {
    ...base,
    state: whole ? 'up' : 'broken',
    handle,
    jobs: await jobsOf(handle),
    ...(app === undefined ? {} : { app }),
  };
}

/** Looks and changes nothing. */
export async function labStatus({ name = 'default' }: { readonly name?: string } = {}): Promise<LabStatus> {
  const record = await readRecord(name);
  return record === undefined ? { name, state: 'absent', processes: {}, jobs: [] } : statusOf(record);
}

/** Labs that were brought up and whose Nomad agent still runs. */
export async function runningLabs(): Promise<LabHandle[]> {
  const records = (await allRecords()).filter((record) => record.stage === 'up');
  const alive = await Promise.all(records.map(async (record) => isOurs(record.pids['nomad'] ?? 0, record.dir)));
  const handles = await Promise.all(records.filter((_, index) => alive[index]).map(handleOf));
  return handles.filter((handle) => handle !== undefined);
}
