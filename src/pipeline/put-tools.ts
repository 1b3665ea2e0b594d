import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import { toolsFolder } from '../plan/backup-part.js';
import { toolsJobId } from '../plan/names.js';
import type { DatabasePart } from '../plan/types.js';
import type { Allocation, JobSource } from '../ports/nomad.js';
import type { MoveContext } from './context.js';
import type { Toolbox } from './live.js';
import type { WantedTools } from './offsite-needs.js';
import { inToolbox } from './toolbox-run.js';
import { describe, isTerminal, waitAlloc } from './wait-alloc.js';

/** An archive over a slow line. */
const DOWNLOAD_MS = 600_000;
const PLACED_MS = 5_000;
const POLL_MS = 500;
const LOG_BYTES = 2_000;
/** Of two that begin in the same moment one is refused. */
const TRIES = 3;

interface ToolsPlace extends WantedTools {
  readonly jobId: string;
  readonly namespace: string;
  readonly datacenters: readonly string[];
  readonly nodeId: string;
}

/** The text of the throwaway job; rendering is not the pipeline's. */
export type RenderToolsJob = (part: ToolsPart, place: ToolsPlace) => string;

type ToolsPart = Pick<DatabasePart, 'service' | 'job' | 'driver' | 'image' | 'backupVolume'>;

export interface ToolsContext extends Pick<MoveContext, 'nomad' | 'clock' | 'signal'> {
  readonly plan: { readonly service: string; readonly target: ToolsPart };
  readonly toolsJob: RenderToolsJob;
}

/** Says so when the folder $1 holds each of $2… as it was put there, and they may be run. */
export const WHOLE = `if cd "$1" 2>/dev/null; then
  shift
  whole=yes
  for name; do
    [ -x "$name" ] && grep -q "^[0-9a-f]*  $name\\$" SHA256SUMS 2>/dev/null || whole=
  done
  if [ -n "$whole" ] && sha256sum -c SHA256SUMS >/dev/null 2>&1; then
    touch . 2>/dev/null || :
    echo dbctl-whole
  fi
fi`;

/**
 * Puts rclone and age where the toolbox looks for them, checked against the inventory's SHA-256; twice is once, and damaged
 * ones are put anew. Nomad downloads them, in a throwaway job of which nothing is left; what an earlier run left of one is
 * cleared. Throws TOOLS_UNAVAILABLE with Nomad's own words, EXEC_FAILED, EXEC_UNKNOWN.
 */
export async function putTools(ctx: ToolsContext, toolbox: Toolbox, wanted: WantedTools): Promise<void> {
  if (wanted.tools.length === 0 || (await areWhole(ctx, toolbox, wanted))) return;
  for (let left = TRIES; ; left--) {
    await clearOlder(ctx);
    if (await areWhole(ctx, toolbox, wanted)) return;
    try {
      await download(ctx, await sourceOf(ctx, toolbox, wanted));
      break;
    } catch (error) {
      // Another dbctl was quicker: its download is waited for.
      if (!isDbctlError(error, 'JOB_CHANGED') || left === 1) throw error;
    }
  }
  if (await areWhole(ctx, toolbox, wanted)) return;
  throw unavailable(ctx, ['the job ended well, and yet the toolbox does not find them whole']);
}

export async function areWhole(ctx: ToolsContext, toolbox: Toolbox, { pin, tools }: WantedTools): Promise<boolean> {
  const said = await inToolbox(ctx, toolbox, WHOLE, toolsFolder(pin), ...tools.map(({ name }) => name));
  return /^dbctl-whole$/m.test(said);
}

/** On the very node of the toolbox: the backup volume is that node's. */
async function sourceOf(ctx: ToolsContext, toolbox: Toolbox, wanted: WantedTools): Promise<JobSource> {
  const alloc = await ctx.nomad.allocation(toolbox.allocId);
  const job = alloc && (await ctx.nomad.job(alloc.JobID));
  if (!alloc || !job)
    throw new DbctlError('DATABASE_UNAVAILABLE', 'the toolbox has gone', { where: `allocation ${toolbox.allocId}` });
  const text = ctx.toolsJob(ctx.plan.target, {
    ...wanted,
    jobId: toolsJobId(ctx.plan.service),
    namespace: job.Namespace ?? 'default',
    datacenters: Array.isArray(job['Datacenters']) ? job['Datacenters'].map(String) : ['*'],
    nodeId: alloc.NodeID,
  });
  return { Source: text, Format: 'hcl2' };
}

/** One that another dbctl is just waiting for may end; what a dead one left is cleared. */
async function clearOlder(ctx: ToolsContext): Promise<void> {
  const jobId = toolsJobId(ctx.plan.service);
  if (!(await ctx.nomad.job(jobId))) return;
  const isOver = (allocations: readonly Allocation[]): boolean => allocations.every(isTerminal);
  if (!isOver(await placed(ctx, jobId)))
    await waitAlloc(ctx, {
      ...waiting(ctx, jobId),
      ready: (allocations) => (isOver(allocations) ? allocations[0] : undefined),
    }).catch((error: unknown) => {
      if (!isDbctlError(error, 'NOMAD_ALLOC_FAILED')) throw error;
    });
  await ctx.nomad.purgeJob(jobId);
}

/** Its allocations, for which Nomad takes a moment; none where it cannot be placed. */
async function placed(ctx: ToolsContext, jobId: string): Promise<Allocation[]> {
  const until = ctx.clock.monotonic() + PLACED_MS;
  for (;;) {
    const allocations = await ctx.nomad.allocations(jobId);
    if (allocations.length > 0 || ctx.clock.monotonic() > until) return allocations;
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}

const waiting = ({ signal }: ToolsContext, jobId: string) => ({
  ...{ jobId, signal, deadlineMs: DOWNLOAD_MS },
  what: 'the download of rclone and age',
});

/** The job is gone again, whatever comes of it. Throws JOB_CHANGED when there is one already. */
async function download(ctx: ToolsContext, source: JobSource): Promise<void> {
  const jobId = toolsJobId(ctx.plan.service);
  const ignore = new Set((await ctx.nomad.allocations(jobId)).map(({ ID }) => ID));
  const job = await ctx.nomad.parseJob(source);
  const { evalId } = await ctx.nomad.registerJob(job, { enforceIndex: 0, submission: source });
  try {
    await waitAlloc(ctx, {
      ...{ ...waiting(ctx, jobId), evalId, ignore },
      ready: (allocations) => allocations.find(({ ClientStatus }) => ClientStatus === 'complete'),
    });
  } catch (error) {
    if (!isDbctlError(error, 'NOMAD_ALLOC_FAILED') && !isDbctlError(error, 'NOMAD_UNPLACED')) throw error;
    const failed = (await ctx.nomad.allocations(jobId)).find(({ ID }) => !ignore.has(ID));
    throw unavailable(ctx, failed ? await wordsOf(ctx, failed) : error.details, error);
  } finally {
    await ctx.nomad.purgeJob(jobId);
  }
}

/** What Nomad says of the download, then what the script said. */
async function wordsOf({ nomad }: ToolsContext, alloc: Allocation): Promise<string[]> {
  const log = await nomad.taskLog(alloc.ID, 'tools', 'stderr', LOG_BYTES).catch(() => '');
  return [...describe(alloc), ...log.split('\n').filter((line) => line !== '')];
}

const unavailable = (ctx: ToolsContext, details: readonly string[], cause?: DbctlError): DbctlError =>
  new DbctlError('TOOLS_UNAVAILABLE', 'rclone and age could not be put on the backup volume', {
    where: `job ${toolsJobId(ctx.plan.service)}`,
    details: [...details],
    next: 'look at url and sha256 of backup.tools in dbctl.yaml, then make a backup',
    ...(cause ? { cause } : {}),
  });
