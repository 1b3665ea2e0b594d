import { createBackSql, dropBackSql } from '../engines/postgres/back.js';
import { backName } from '../engines/postgres/names.js';
import { sessionsOfRunSql } from '../engines/postgres/sessions.js';
import type { SourceDatabase } from '../plan/types.js';
import { together } from '../shared/together.js';
import type { KnownBackup } from './backups.js';
import type { MoveContext } from './context.js';
import { dumpFolder, evidenceFolder } from './folders.js';
import { sourceSql, type Toolbox, targetSql, toolboxOf } from './live.js';
import { oneByOne } from './one-by-one.js';
import { requireRoom } from './require-room.js';
import { dropSourceAccess, openSourceAccess } from './source-access.js';
import { type DumpResult, dumpTarget, recorded, rowsOf } from './steps/dump.js';
import { restore } from './steps/import.js';
import { requireEqual } from './steps/verify.js';
import { removeFolder, tcpServer } from './toolbox-run.js';

/** The way back as it was last gone for real, with a scratch database at its end. */
export interface Proof {
  readonly run: string;
  readonly at: string;
  /** Dump, restore and comparison; a rollback adds the switch of the app. */
  readonly seconds: number;
  readonly rows: number;
  /** Rows that were moved to the dedicated database; `null` when they were not counted. */
  readonly movedRows: number | null;
}

/**
 * Dumps the live dedicated databases, restores them into scratch databases of the shared instance, compares everything and
 * drops the scratch. The app keeps running and nothing is closed. `ctx.run` is the proof's own. The dump stays: it is a
 * whole backup. Throws NO_SPACE, TOOLBOX_FAILED, ARTIFACT_CORRUPT, EVIDENCE_DIFFERS; then nothing of it is left.
 */
export async function proveByDump(ctx: MoveContext): Promise<KnownBackup> {
  const toolbox = await toolboxOf(ctx);
  await requireRoom(ctx, toolbox);
  const at = ctx.clock.now().toISOString();
  try {
    await openSourceAccess(ctx, toolbox);
    const results = await oneByOne(ctx.plan.source.databases, (database) => proveOne(ctx, toolbox, database));
    return { id: ctx.run, at, rows: rowsOf(results), dumps: recorded(results) };
  } catch (error) {
    await removeProofDump(ctx, toolbox).catch(() => undefined);
    throw error;
  } finally {
    await clearScratch(ctx);
  }
}

async function proveOne(ctx: MoveContext, toolbox: Toolbox, database: SourceDatabase): Promise<DumpResult> {
  const dumped = await dumpTarget(ctx, toolbox, database, { step: 'proof-dump' });
  const { run } = ctx;
  const name = backName(database.name, run);
  await ctx.sql.run(await sourceSql(ctx), createBackSql({ name, run, like: database }), { signal: ctx.signal });
  const server = tcpServer(ctx.plan.source, await openSourceAccess(ctx, toolbox), name);
  const { folder, manifestSha256 } = dumped;
  const target = await restore(ctx, toolbox, database, { step: 'proof-restore', folder, server, manifestSha256 });
  await requireEqual(ctx, {
    database: database.name,
    source: dumped.evidence,
    target,
    folder: evidenceFolder(ctx, database.name, 'proof'),
    // The app goes on: pg_dump reads a sequence when it comes to it.
    sequences: 'at-least',
  });
  return dumped;
}

const removeProofDump = (ctx: MoveContext, toolbox: Toolbox): Promise<unknown> =>
  oneByOne(ctx.plan.source.databases, ({ name }) => removeFolder(ctx, toolbox, dumpFolder(ctx, name)));

/** Scratch databases and role of one proof; absent is success. Also after an interrupt, so without its signal. */
export async function clearScratch(ctx: MoveContext): Promise<void> {
  const calm = { ...ctx, signal: AbortSignal.timeout(60_000) };
  const { run } = ctx;
  const drops = ctx.plan.source.databases.map(({ name }) => dropBackSql({ name: backName(name, run), run }));
  await ctx.sql.run(await sourceSql(calm), drops.join('\n'), { signal: calm.signal });
  await dropSourceAccess(calm);
}

/** Whether anything of that proof still works on either server: its caller may have died, or be somebody else. */
export async function isProving(ctx: MoveContext): Promise<boolean> {
  const sql = sessionsOfRunSql(ctx.run);
  const rows = await together(
    [sourceSql(ctx), targetSql(ctx)].map(async (server) => ctx.sql.run(await server, sql, { signal: ctx.signal })),
  );
  return rows.flat().length > 0;
}

/** What a proof that was cut has left anywhere. */
export async function clearProof(ctx: MoveContext): Promise<void> {
  await clearScratch(ctx);
  await removeProofDump(ctx, await toolboxOf(ctx));
}
