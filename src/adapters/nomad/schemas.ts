import { z } from 'zod';
import { DbctlError } from '../../errors/dbctl-error.js';
import type {
  Allocation,
  Evaluation,
  FileInfo,
  HostVolume,
  JobSource,
  NomadJob,
  ServiceInstance,
} from '../../ports/nomad.js';

/** Only what dbctl decides on is checked; the rest of Nomad's JSON passes through untouched. */
const job = z.looseObject({
  ID: z.string(),
  TaskGroups: z.array(
    z.looseObject({ Name: z.string(), Tasks: z.array(z.looseObject({ Name: z.string(), Driver: z.string() })) }),
  ),
});
const taskState = z.looseObject({
  State: z.enum(['pending', 'running', 'dead']),
  Failed: z.boolean(),
  Restarts: z.number(),
  Events: z
    .array(z.looseObject({ Type: z.string(), Time: z.number() }))
    .nullish()
    .transform((events) => events ?? []),
});
const allocation = z.looseObject({
  ID: z.string(),
  JobID: z.string(),
  TaskGroup: z.string(),
  NodeID: z.string(),
  DesiredStatus: z.enum(['run', 'stop', 'evict']),
  ClientStatus: z.enum(['pending', 'running', 'complete', 'failed', 'lost', 'unknown']),
  CreateIndex: z.number(),
  ModifyIndex: z.number(),
  TaskStates: z
    .record(z.string(), taskState)
    .nullish()
    .transform((states) => states ?? null),
});
const evaluation = z.looseObject({ ID: z.string(), Status: z.string() });
const hostVolume = z.looseObject({
  ID: z.string(),
  Name: z.string(),
  NodeID: z.string(),
  State: z.string(),
  PluginID: z.string(),
});
const service = z.looseObject({
  ServiceName: z.string(),
  Address: z.string(),
  Port: z.number(),
  AllocID: z.string(),
  JobID: z.string(),
  NodeID: z.string(),
});
const file = z.looseObject({ Name: z.string(), IsDir: z.boolean(), Size: z.number() });
const submission = z.looseObject({
  Source: z.string(),
  Format: z.enum(['hcl2', 'json']),
  VariableFlags: z.record(z.string(), z.string()).nullish(),
  Variables: z.string().nullish(),
});
const variable = z.looseObject({
  Items: z.record(z.string(), z.string()).nullish(),
  ModifyIndex: z.number(),
  Lock: z.looseObject({ ID: z.string().optional() }).nullish(),
});

export const toJob = (value: unknown): NomadJob => check(job, value, 'job') as NomadJob;
export const toAllocation = (value: unknown): Allocation =>
  withVersion(check(allocation, value, 'allocation') as Allocation);
export const toAllocations = (value: unknown): Allocation[] => list(value, toAllocation);
export const toEvaluation = (value: unknown): Evaluation => check(evaluation, value, 'evaluation') as Evaluation;
export const toHostVolume = (value: unknown): HostVolume => check(hostVolume, value, 'host volume') as HostVolume;
export const toServices = (value: unknown): ServiceInstance[] =>
  list(value, (item) => check(service, item, 'service') as ServiceInstance);
export const toFiles = (value: unknown): FileInfo[] => list(value, (item) => check(file, item, 'file'));
export const toVariable = (value: unknown): z.infer<typeof variable> => check(variable, value, 'variable');

/** A job's list names the version; one by itself, and those of a node, hold the job instead (Nomad 1.11.1). */
function withVersion(found: Allocation): Allocation {
  const version = (found['Job'] as { readonly Version?: unknown } | null | undefined)?.Version;
  return found.JobVersion === undefined && typeof version === 'number' ? { ...found, JobVersion: version } : found;
}

export function toSubmission(value: unknown): JobSource {
  const { Source, Format, VariableFlags, Variables } = check(submission, value, 'submission');
  return { Source, Format, ...(VariableFlags ? { VariableFlags } : {}), ...(Variables ? { Variables } : {}) };
}

export function list<T>(value: unknown, each: (item: unknown) => T): T[] {
  return check(z.array(z.unknown()).nullable(), value, 'list')?.map(each) ?? [];
}

export function check<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new DbctlError('NOMAD_REJECTED', `Nomad's ${what} does not have the expected shape`, {
    details: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    next: 'dbctl is tested with Nomad 1.10 and 1.11',
  });
}
