import { z } from 'zod';
import { isDbctlError } from '../../errors/dbctl-error.js';
import type { AllocsPort } from '../../ports/nomad.js';
import { patiently } from '../patience.js';
import { nomadAttach } from './attach.js';
import { nomadError } from './errors.js';
import { nomadExec } from './exec.js';
import { followLog } from './follow-log.js';
import { type NomadHttp, parseJson, requireOk } from './http.js';
import { check, toAllocation, toAllocations, toFiles } from './schemas.js';
import { segment } from './segment.js';
import { joinFrames } from './stream-frames.js';

const checks = z
  .record(
    z.string(),
    z.looseObject({ Service: z.string(), Check: z.string(), Status: z.enum(['success', 'failure', 'pending']) }),
  )
  .nullable();

export const allocsAdapter = (http: NomadHttp): AllocsPort => ({
  // `all` also lists what is left of an earlier, purged job of the same id: it may still run on the volume.
  allocations: async (jobId) => toAllocations(await http.get(allocationsPath(jobId), { query: { all: true } })),
  async allocation(id) {
    const found = await http.get(`/v1/allocation/${segment(id)}`);
    return found === undefined ? undefined : toAllocation(found);
  },
  watchAllocations: (jobId, index, waitMs, signal) => watch(http, jobId, index, waitMs, signal),
  async checks(allocId) {
    const found = check(checks, (await http.get(`/v1/client/allocation/${segment(allocId)}/checks`)) ?? null, 'checks');
    return Object.values(found ?? {}).map((item) => ({
      service: item.Service,
      check: item.Check,
      status: item.Status,
    }));
  },
  exec: (request) => nomadExec(http, request),
  attach: (request, terminal) => nomadAttach(http, request, terminal),
  readFile: (allocId, path) => readFile(http, allocId, path),
  listFiles: async (allocId, path) =>
    toFiles((await http.get(`/v1/client/fs/ls/${segment(allocId)}`, { query: { path } })) ?? []),
  taskLog: (allocId, task, stream, bytes) => taskLog(http, allocId, task, stream, bytes),
  followLog: (request, take) => followLog(http, request, take),
});

const INCOMPLETE = 'the file came incomplete';

const allocationsPath = (jobId: string): string => `/v1/job/${segment(jobId)}/allocations`;

async function watch(
  http: NomadHttp,
  jobId: string,
  index: number,
  waitMs: number,
  signal?: AbortSignal,
): ReturnType<AllocsPort['watchAllocations']> {
  // Nomad adds up to wait/16 of jitter (https://developer.hashicorp.com/nomad/api-docs#blocking-queries).
  const reply = await http.getReply(allocationsPath(jobId), {
    query: { all: true, index, wait: `${Math.max(1, Math.round(waitMs))}ms` },
    waitMs: waitMs * (17 / 16),
    ...(signal ? { signal } : {}),
  });
  const allocations = toAllocations(parseJson(requireOk(reply, `GET ${allocationsPath(jobId)}`, false)));
  // An index that goes back (restored server) or is 0 would block for ever or spin: start again from scratch, never below 1.
  const next = reply.index < index ? 0 : Math.max(1, reply.index);
  return { index: next, allocations };
}

/**
 * The stream endpoint, because `cat` and `readat` answer 200 with the error's text as if it were the file (seen on 1.11.1).
 */
async function readFile(http: NomadHttp, allocId: string, path: string): Promise<string | undefined> {
  return patiently(
    () => readOnce(http, allocId, path),
    (error) => isDbctlError(error) && error.value === INCOMPLETE,
  );
}

async function readOnce(http: NomadHttp, allocId: string, path: string): Promise<string | undefined> {
  const url = `/v1/client/fs/stream/${segment(allocId)}`;
  const reply = await http.getReply(url, { query: { path, follow: false, origin: 'start', offset: 0 } });
  if (reply.status === 404 || (reply.status === 400 && /no such file or directory/.test(reply.text))) return undefined;
  const bytes = joinFrames(requireOk(reply, `GET ${url}`, false).text);
  if (bytes === undefined) throw nomadError({ request: `GET ${url}`, mutation: false, text: INCOMPLETE });
  return bytes.toString('utf8');
}

async function taskLog(http: NomadHttp, allocId: string, task: string, stream: string, bytes: number): Promise<string> {
  const url = `/v1/client/fs/logs/${segment(allocId)}`;
  const reply = await http.getReply(url, {
    query: { task, type: stream, origin: 'end', offset: bytes, plain: true, follow: false },
  });
  return reply.status === 404 ? '' : requireOk(reply, `GET ${url}`, false).text;
}
