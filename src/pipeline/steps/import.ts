import { connInfo } from '../../engines/postgres/connection.js';
import { type Evidence, parseEvidence } from '../../engines/postgres/evidence.js';
import { databaseFactsSql } from '../../engines/postgres/target.js';
import { mainDatabase } from '../../plan/main-database.js';
import { together } from '../../shared/together.js';
import { carriedFacts } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { type Toolbox, targetSql, toolboxOf } from '../live.js';
import { prepareTarget } from '../prepare-target.js';
import type { Step } from '../step.js';
import { isRetry, type ServerEnv, socketServer, toolboxRun } from '../toolbox-run.js';
import { dumpFolder, type RecordedDump } from './dump.js';
import { requireFence } from './fence.js';

/** Restores from that very dump, so that the artifact is proven restorable, and takes the target's evidence in the same run. */
export const importStep: Step = {
  id: 'import',
  title: 'Import from that dump',
  run: async (ctx) => {
    if (isRetry(ctx, 'import')) await prepareTarget(ctx);
    const { port } = ctx.plan.target;
    const { name: database } = mainDatabase(ctx.plan.target);
    const folder = ctx.journal.fact<RecordedDump>('dump')?.folder ?? dumpFolder(ctx);
    const server = socketServer(port, database);
    await together([restore(ctx, await toolboxOf(ctx), { step: 'import', folder, server }), requireFence(ctx)]);
    const facts = await carriedFacts(ctx);
    await ctx.sql.run(await targetSql(ctx), databaseFactsSql(facts), { signal: ctx.signal });
    const roles = facts.roles.map((entry) => entry.name);
    return { summary: `database ${database}, roles ${roles.join(', ')}`, evidence: { roles } };
  },
};

/** Returns the evidence of the restored database. Throws DATABASE_NOT_EMPTY, ARTIFACT_CORRUPT, TOOLBOX_FAILED. */
export async function restore(
  ctx: MoveContext,
  toolbox: Toolbox,
  options: { step: string; folder: string; server: ServerEnv },
): Promise<Evidence> {
  const { server } = options;
  const env = {
    ...server,
    IN: options.folder,
    JOBS: '2',
    EVIDENCE: '1',
    CONNINFO: connInfo(String(server.PGDATABASE)),
    MAINTENANCE_MEMORY: maintenanceMemory(ctx.plan.target.resources.postgres.memory),
  };
  const done = await toolboxRun(ctx, toolbox, {
    step: options.step,
    script: 'restore.sh',
    env,
    total: mainDatabase(ctx.plan.source).sizeBytes,
  });
  return parseEvidence(await done.read('evidence.jsonl'));
}

/**
 * An eighth of the task's memory for each of two sessions. More gets a backend killed at the task's memory limit, and the
 * whole server restarts (measured: 128 MB each in a task of 256 MB).
 */
const maintenanceMemory = (memory: number): string => `${Math.max(16, Math.floor(memory / 8))}MB`;
