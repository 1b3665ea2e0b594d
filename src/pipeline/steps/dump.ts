import { type Evidence, parseEvidence } from '../../engines/postgres/parse-evidence.js';
import { mainDatabase } from '../../plan/main-database.js';
import { together } from '../../shared/together.js';
import type { MoveContext } from '../context.js';
import { type Toolbox, toolboxOf } from '../live.js';
import { openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import {
  attemptName,
  isRetry,
  removeFolder,
  type ServerEnv,
  socketServer,
  tcpServer,
  toolboxRun,
} from '../toolbox-run.js';
import { saveUndoKit } from '../undo-kit.js';
import { requireFence } from './fence.js';

export interface RecordedDump {
  readonly folder: string;
  /** Of the dump's files, uncompressed. */
  readonly bytes: number;
  readonly manifestSha256: string;
}

export interface DumpResult extends RecordedDump {
  readonly evidence: Evidence;
}

/** Folder on the backup volume. */
export const dumpFolder = (ctx: MoveContext, name = 'dump'): string =>
  `/backups/${ctx.plan.service}/${ctx.run}/${name}`;

export const dump: Step = {
  id: 'dump',
  title: 'Dump and evidence from one snapshot',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const [result] = await together([
      dumpSource(ctx, toolbox, { step: 'dump', folder: dumpFolder(ctx) }),
      requireFence(ctx),
      saveUndoKit(ctx, toolbox),
    ]);
    const { evidence, ...recorded } = result;
    await ctx.journal.record('dump', recorded);
    return { summary: summaryOf(evidence), evidence: { ...recorded, tables: evidence.tables.length } };
  },
  undo: async (ctx) => {
    await removeFolder(ctx, await toolboxOf(ctx), dumpFolder(ctx));
  },
};

export function summaryOf(evidence: Evidence): string {
  const rows = evidence.tables.reduce((sum, table) => sum + table.rows, 0);
  return `${evidence.tables.length} tables, ${rows} rows`;
}

/** The source's dump and evidence, taken by the toolbox over TCP in one exported snapshot. */
export async function dumpSource(
  ctx: MoveContext,
  toolbox: Toolbox,
  options: { step: string; folder: string },
): Promise<DumpResult> {
  const user = await openSourceAccess(ctx, toolbox);
  const server = tcpServer(ctx.plan.source, user, mainDatabase(ctx.plan.source).name);
  return await dumpWith(ctx, toolbox, { ...options, server, total: mainDatabase(ctx.plan.source).sizeBytes });
}

/** The dedicated database's dump and evidence, over the socket. */
export async function dumpTarget(
  ctx: MoveContext,
  toolbox: Toolbox,
  options: { step: string; folder: string },
): Promise<DumpResult> {
  const { port } = ctx.plan.target;
  const { name: database } = mainDatabase(ctx.plan.target);
  return await dumpWith(ctx, toolbox, {
    ...options,
    server: socketServer(port, database),
    total: mainDatabase(ctx.plan.source).sizeBytes,
  });
}

async function dumpWith(
  ctx: MoveContext,
  toolbox: Toolbox,
  options: { step: string; folder: string; server: ServerEnv; total: number },
): Promise<DumpResult> {
  const folder = isRetry(ctx, options.step) ? `${options.folder}-${attemptName(ctx, options.step)}` : options.folder;
  const done = await toolboxRun(ctx, toolbox, {
    step: options.step,
    script: 'dump.sh',
    env: { ...options.server, OUT: folder, JOBS: '2' },
    total: options.total,
  });
  const manifest = JSON.parse(await done.read('manifest.json')) as { bytes: number };
  const evidence = parseEvidence(await done.read('evidence.jsonl'));
  return { folder, bytes: manifest.bytes, manifestSha256: done.sha256('manifest.json'), evidence };
}
