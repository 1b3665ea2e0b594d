import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { Clock } from '../../src/ports/clock.js';
import type {
  Allocation,
  AllocsPort,
  AttachRequest,
  AttachResult,
  ExecRequest,
  ExecResult,
  NomadJob,
  TaskState,
} from '../../src/ports/nomad.js';
import type { Terminal } from '../../src/ports/terminal.js';

export interface FakeAllocs extends AllocsPort {
  readonly all: Map<string, Allocation>;
  /** Text of files by `<allocId>:<path>`, path as in the fs API (`alloc/…`). */
  readonly files: Map<string, string>;
  /** Text of logs by `<allocId>:<task>:<stream>`. */
  readonly logs: Map<string, string>;
  readonly execs: ExecRequest[];
  readonly healthChecks: Map<string, { service: string; check: string; status: 'success' | 'failure' | 'pending' }[]>;
  /** Answers every exec; the default ends with 0 and no output. */
  onExec: (request: ExecRequest) => ExecResult | Promise<ExecResult>;
  /** Answers every attach; the default ends with 0 and says nothing. */
  onAttach: (request: AttachRequest, terminal: Terminal) => AttachResult | Promise<AttachResult>;
  /** Changes an allocation and wakes the watchers. */
  change(id: string, change: Partial<Allocation>): void;
  setTask(id: string, task: string, state: Partial<TaskState>): void;
  /** One running allocation per group; earlier ones of the job end. */
  place(job: NomadJob): Allocation[];
  end(jobId: string): void;
}

export function fakeAllocs(clock: Clock, nextIndex: () => number): FakeAllocs {
  const all: FakeAllocs['all'] = new Map();
  const ofJob = (jobId: string): Allocation[] => [...all.values()].filter((alloc) => alloc.JobID === jobId);
  const newest = (jobId: string): number => Math.max(1, ...ofJob(jobId).map((alloc) => alloc.ModifyIndex));
  const require = (id: string): Allocation => {
    const alloc = all.get(id);
    if (!alloc) throw new DbctlError('EXEC_FAILED', 'unknown allocation', { where: id });
    return alloc;
  };
  const fake: FakeAllocs = {
    all,
    files: new Map(),
    logs: new Map(),
    execs: [],
    healthChecks: new Map(),
    onExec: () => ({ kind: 'exited', code: 0, stdout: '', stderr: '' }),
    onAttach: () => ({ kind: 'exited', code: 0 }),
    change: (id, change) => {
      all.set(id, { ...require(id), ...change, ModifyIndex: nextIndex() });
    },
    setTask: (id, task, state) => {
      const states = require(id).TaskStates ?? {};
      fake.change(id, { TaskStates: { ...states, [task]: { ...taskState('pending'), ...states[task], ...state } } });
    },
    place: (job) => {
      fake.end(job.ID);
      return job.TaskGroups.map((group) => {
        const alloc = runningAllocation(
          job,
          group.Name,
          group.Tasks.map((task) => task.Name),
          nextIndex(),
        );
        all.set(alloc.ID, alloc);
        return alloc;
      });
    },
    end: (jobId) => {
      for (const alloc of ofJob(jobId).filter(({ ClientStatus }) => ClientStatus === 'running')) {
        const dead = Object.keys(alloc.TaskStates ?? {}).map((task) => [task, taskState('dead')] as const);
        fake.change(alloc.ID, {
          DesiredStatus: 'stop',
          ClientStatus: 'complete',
          TaskStates: Object.fromEntries(dead),
        });
      }
    },
    allocations: async (jobId) => structuredClone(ofJob(jobId)),
    allocation: async (id) => structuredClone(all.get(id)),
    watchAllocations: async (jobId, index, waitMs, signal) => {
      if (newest(jobId) <= index) await clock.sleep(waitMs, signal);
      return { index: newest(jobId), allocations: structuredClone(ofJob(jobId)) };
    },
    checks: async (allocId) => fake.healthChecks.get(allocId) ?? [],
    exec: async (request) => {
      request.signal?.throwIfAborted();
      if (!require(request.allocId).TaskStates?.[request.task])
        throw new DbctlError('EXEC_FAILED', 'unknown task', { where: request.task });
      fake.execs.push(request);
      return fake.onExec(request);
    },
    attach: async (request, terminal) => {
      require(request.allocId);
      return fake.onAttach(request, terminal);
    },
    readFile: async (allocId, path) => fake.files.get(`${allocId}:${path}`),
    listFiles: async (allocId, path) => {
      const below = `${allocId}:${path}/`;
      const names = [...fake.files.keys()].filter((key) => key.startsWith(below)).map((key) => key.slice(below.length));
      return [...new Set(names.map((name) => name.split('/')[0] ?? ''))].map((Name) => ({
        Name,
        IsDir: !fake.files.has(`${below}${Name}`),
        Size: Buffer.byteLength(fake.files.get(`${below}${Name}`) ?? ''),
      }));
    },
    taskLog: async (allocId, task, stream, bytes) =>
      (fake.logs.get(`${allocId}:${task}:${stream}`) ?? '').slice(-bytes),
    followLog: async ({ allocId, task, stream, bytes }, take) =>
      take(Buffer.from((fake.logs.get(`${allocId}:${task}:${stream}`) ?? '').slice(-bytes))),
  };
  return fake;
}

function runningAllocation(job: NomadJob, group: string, tasks: string[], index: number): Allocation {
  return {
    ID: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    JobID: job.ID,
    TaskGroup: group,
    NodeID: 'node-1',
    NodeName: 'one',
    DesiredStatus: 'run',
    ClientStatus: 'running',
    JobVersion: job.Version ?? 0,
    CreateIndex: index,
    ModifyIndex: index,
    TaskStates: Object.fromEntries(tasks.map((task) => [task, taskState('running')])),
    DeploymentStatus: { Healthy: true },
  };
}

const taskState = (State: TaskState['State']): TaskState => ({ State, Failed: false, Restarts: 0, Events: [] });
