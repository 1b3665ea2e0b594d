import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { readJournal } from '../pipeline/journal-store.js';
import { serviceName, TASKS } from '../plan/names.js';
import type { Allocation } from '../ports/nomad.js';
import type { LogsReport } from '../report/logs-report.js';
import type { UseCaseDeps } from './deps.js';
import { requireService } from './prepared-run.js';
import { isOnItsOwn } from './verify.js';

export interface LogsInput {
  readonly service: string;
  /** The server's, when left out. */
  readonly task?: string;
  /** Of each stream, at most. */
  readonly lines: number;
}

/** Of a task's log, in any allocation that is still known. */
export interface LogPlace {
  readonly job: string;
  readonly allocId: string;
  readonly task: string;
}

/** A line of a server's log is rarely longer; what is cut off is older. */
const BYTES_A_LINE = 500;
const STREAMS = ['stdout', 'stderr'] as const;

/**
 * The newest allocation that has the task, a running one before one that ended: a server that does not start is what logs are
 * read for. Throws SERVICE_UNKNOWN, USAGE for a task that none of its jobs has.
 */
export async function logPlace(deps: UseCaseDeps, { service: name, task }: LogsInput): Promise<LogPlace> {
  const service = requireService(deps, name);
  const own = isOnItsOwn(await readJournal(deps.nomad, name));
  const wanted = task ?? (own ? TASKS.postgres : deps.inventory.shared.task);
  const known: string[] = [];
  for (const job of jobsOf(deps, service, own)) {
    const allocations = (await deps.nomad.allocations(job)).toSorted(newestFirst);
    const found = allocations.find(({ TaskStates }) => TaskStates?.[wanted] !== undefined);
    if (found) return { job, allocId: found.ID, task: wanted };
    known.push(...allocations.slice(0, 1).flatMap(({ TaskStates }) => Object.keys(TaskStates ?? {})));
  }
  throw new DbctlError('USAGE', 'no allocation of the service has such a task', {
    where: `service ${name}`,
    value: wanted,
    details: known.length === 0 ? [] : [`tasks: ${[...new Set(known)].join(', ')}`],
    next: known.length === 0 ? `nomad job status ${service.job}` : `dbctl logs ${name} --task ${known[0]}`,
  });
}

/** Where its database is comes first; its app's own tasks are asked for by name. */
const jobsOf = ({ inventory }: UseCaseDeps, { name, job }: InventoryService, own: boolean): string[] =>
  own ? [job, serviceName(name)] : [inventory.shared.job, job];

const newestFirst = (a: Allocation, b: Allocation): number =>
  Number(b.ClientStatus === 'running') - Number(a.ClientStatus === 'running') || b.CreateIndex - a.CreateIndex;

/** The last lines of both streams; a stream that is empty is left out. */
export async function logs(deps: UseCaseDeps, input: LogsInput): Promise<LogsReport> {
  const { job, allocId, task } = await logPlace(deps, input);
  const read = await Promise.all(
    STREAMS.map(async (stream) => {
      const text = await deps.nomad.taskLog(allocId, task, stream, input.lines * BYTES_A_LINE);
      return { stream, lines: lastLines(text, input) };
    }),
  );
  const streams = read.filter(({ lines }) => lines.length > 0);
  return { schema: 'dbctl.logs/1', service: input.service, job, allocation: allocId, task, streams };
}

/** The first line of a tail is rarely whole. */
function lastLines(text: string, { lines }: LogsInput): string[] {
  const all = text.replace(/\n$/, '').split('\n');
  const whole = Buffer.byteLength(text) >= lines * BYTES_A_LINE ? all.slice(1) : all;
  return text === '' ? [] : whole.slice(-lines);
}

/** Both streams as they come, a line at a time, until the operator ends it. */
export async function followLogs(deps: UseCaseDeps, input: LogsInput, line: (text: string) => void): Promise<LogPlace> {
  const place = await logPlace(deps, input);
  const { allocId, task } = place;
  const { signal } = deps;
  const bytes = input.lines * BYTES_A_LINE;
  await Promise.all(
    STREAMS.map(async (stream) => {
      const take = lineByLine(line);
      await deps.nomad.followLog({ allocId, task, stream, bytes, signal }, take);
    }),
  );
  return place;
}

/** Cuts at line ends only, so that no character is cut. */
function lineByLine(line: (text: string) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      line(rest.subarray(0, end).toString('utf8'));
      rest = rest.subarray(end + 1);
    }
  };
}
