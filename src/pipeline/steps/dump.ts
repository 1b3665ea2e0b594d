import { type LockerRow, lockersSql, lockerText } from '../../engines/postgres/lockers.js';
import { type Evidence, parseEvidence } from '../../engines/postgres/parse-evidence.js';
import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { SourceDatabase } from '../../plan/types.js';
import { together } from '../../shared/together.js';
import type { MoveContext } from '../context.js';
import { dumpFolder, stepOf } from '../folders.js';
import { sourceSql, type Toolbox, toolboxAgain, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { attemptSuffix, removeFolder, type ServerEnv, socketServer, tcpServer, toolboxRun } from '../toolbox-run.js';
import { saveUndoKit, undoKitFolder } from '../undo-kit.js';
import { requireFence } from './fence.js';

export interface RecordedDump {
  readonly database: string;
  readonly folder: string;
  /** Of the dump's files, uncompressed. */
  readonly bytes: number;
  readonly manifestSha256: string;
}

export interface DumpResult extends RecordedDump {
  readonly evidence: Evidence;
}

export const dump: Step = {
  id: 'dump',
  title: 'Dump and evidence from one snapshot',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const [results] = await together([
      oneByOne(ctx.plan.source.databases, (database) => dumpSource(ctx, toolbox, database, { step: 'dump' })),
      requireFence(ctx),
      saveUndoKit(ctx, toolbox),
    ]);
    const dumps = recorded(results);
    await ctx.journal.record('dumps', dumps);
    return { summary: summaryOf(results), evidence: { dumps } };
  },
  undo: async (ctx) => {
    const folders = ctx.plan.source.databases.map(({ name }) => dumpFolder(ctx, name));
    await oneByOne([...folders, undoKitFolder(ctx.plan.service, ctx.run)], (folder) => tidy(ctx, folder));
  },
};

/** A copy that nobody needs is no reason to leave the source closed: what cannot be removed is told and stays. */
async function tidy(ctx: MoveContext, folder: string): Promise<void> {
  const toolbox = await toolboxAgain(ctx);
  try {
    if (toolbox) return await removeFolder(ctx, toolbox, folder);
  } catch (error) {
    if (!isDbctlError(error) || ctx.signal.aborted) throw error;
  }
  ctx.note(`what the undone run left stays on the backup volume: ${folder}`);
}

export const recorded = (results: readonly DumpResult[]): RecordedDump[] =>
  results.map(({ evidence: _, ...rest }) => rest);

export const rowsOf = (results: readonly { readonly evidence: Evidence }[]): number =>
  results.flatMap(({ evidence }) => evidence.tables).reduce((sum, { rows }) => sum + rows, 0);

/** `14 tables, 52110 rows`, with the number of databases when there are several. */
export function summaryOf(results: readonly { readonly evidence: Evidence }[]): string {
  const tables = results.flatMap(({ evidence }) => evidence.tables);
  const rows = rowsOf(results);
  const databases = results.length > 1 ? `${results.length} databases, ` : '';
  return `${databases}${tables.length} tables, ${rows} rows`;
}

interface DumpOptions {
  readonly step: string;
  /** Of the folder on the backup volume; `dump` when left out. */
  readonly folder?: string;
}

/** One source database's dump and evidence, taken by the toolbox over TCP in one exported snapshot. */
export async function dumpSource(
  ctx: MoveContext,
  toolbox: Toolbox,
  database: SourceDatabase,
  options: DumpOptions,
): Promise<DumpResult> {
  const user = await openSourceAccess(ctx, toolbox);
  const server = tcpServer(ctx.plan.source, user, database.name);
  return await dumpWith(ctx, toolbox, database, { ...options, server }).catch(async (error: unknown) => {
    throw await whoLocked(ctx, database, error);
  });
}

/** A dump that gave up waiting for a lock says who has it. */
async function whoLocked(ctx: MoveContext, { name }: SourceDatabase, error: unknown): Promise<unknown> {
  if (!isDbctlError(error, 'TOOLBOX_FAILED') || !error.details.some((line) => line.includes('lock timeout')))
    return error;
  const rows = (await ctx.sql.run(await sourceSql(ctx), lockersSql(name), { signal: ctx.signal })) as LockerRow[];
  const { lockWaitSeconds } = ctx.service.migrate;
  return new DbctlError('TABLE_LOCKED', `the dump waited ${lockWaitSeconds} s for a table that is locked`, {
    where: `database ${name}`,
    details: rows.map(lockerText),
    cause: error,
    next: 'wait until it has ended, or end it: select pg_terminate_backend(<pid>)',
  });
}

/** The same of a dedicated database, over the socket. */
export function dumpTarget(
  ctx: MoveContext,
  toolbox: Toolbox,
  database: SourceDatabase,
  options: DumpOptions,
): Promise<DumpResult> {
  const server = socketServer(ctx.plan.target.port, database.name);
  return dumpWith(ctx, toolbox, database, { ...options, server });
}

async function dumpWith(
  ctx: MoveContext,
  toolbox: Toolbox,
  { name: database, sizeBytes }: SourceDatabase,
  options: DumpOptions & { server: ServerEnv },
): Promise<DumpResult> {
  const step = stepOf(options.step, database);
  const folder = `${dumpFolder(ctx, database, options.folder)}${attemptSuffix(ctx, step)}`;
  const done = await toolboxRun(ctx, toolbox, {
    step,
    script: 'dump.sh',
    env: { ...options.server, OUT: folder, JOBS: '2', LOCK_WAIT: String(ctx.service.migrate.lockWaitSeconds) },
    total: sizeBytes,
  });
  const manifest = JSON.parse(await done.read('manifest.json')) as { bytes: number };
  const evidence = parseEvidence(await done.read('evidence.jsonl'));
  return { database, folder, bytes: manifest.bytes, manifestSha256: done.sha256('manifest.json'), evidence };
}
