import { connInfo } from '../../engines/postgres/connection.js';
import { type Evidence, parseEvidence } from '../../engines/postgres/evidence.js';
import { databaseFactsSql } from '../../engines/postgres/target.js';
import type { DatabasePart, SourceDatabase } from '../../plan/types.js';
import { together } from '../../shared/together.js';
import { carriedFacts, carriedRoles } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { stepOf } from '../folders.js';
import { type Toolbox, targetSql, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { prepareTarget } from '../prepare-target.js';
import { entryFor, recordedAll } from '../recorded.js';
import type { Step } from '../step.js';
import { isRetry, type ServerEnv, socketServer, type ToolboxContext, toolboxRun } from '../toolbox-run.js';
import type { RecordedDump } from './dump.js';
import { requireFence } from './fence.js';

/** Restores from those very dumps, so that they are proven restorable, and takes the target's evidence in the same run. */
export const importStep: Step = {
  id: 'import',
  title: 'Import from that dump',
  run: async (ctx) => {
    const { databases } = ctx.plan.source;
    const toolbox = await toolboxOf(ctx);
    await together([oneByOne(databases, (database) => importOne(ctx, toolbox, database)), requireFence(ctx)]);
    const facts = await carriedFacts(ctx);
    const target = await targetSql(ctx);
    await ctx.sql.run(target, facts.map(databaseFactsSql).join('\n'), { signal: ctx.signal });
    const names = databases.map(({ name }) => name).join(', ');
    const roles = carriedRoles(facts).map((entry) => entry.name);
    return { summary: `database ${names}, roles ${roles.join(', ')}`, evidence: { roles } };
  },
};

async function importOne(ctx: MoveContext, toolbox: Toolbox, database: SourceDatabase): Promise<void> {
  if (isRetry(ctx, stepOf('import', database.name))) await prepareTarget(ctx, [database]);
  const { folder, manifestSha256 } = entryFor(recordedAll<RecordedDump>(ctx, 'dumps'), database.name);
  const server = socketServer(ctx.plan.target.port, database.name);
  await restore(ctx, toolbox, database, { step: 'import', folder, manifestSha256, server });
}

export interface RestoreOptions extends Pick<RecordedDump, 'folder' | 'manifestSha256'> {
  readonly step: string;
  readonly server: ServerEnv;
  /** Makes the database first, with the encoding, owner, rights and settings that the dump tells. */
  readonly asItWas?: true;
}

/** Returns the evidence of the restored database. Throws DATABASE_NOT_EMPTY, ARTIFACT_CORRUPT, TOOLBOX_FAILED. */
export async function restore(
  ctx: ToolboxContext & { readonly plan: { readonly target: Pick<DatabasePart, 'resources'> } },
  toolbox: Toolbox,
  { name, sizeBytes }: Pick<SourceDatabase, 'name' | 'sizeBytes'>,
  options: RestoreOptions,
): Promise<Evidence> {
  const { server } = options;
  const env = {
    ...server,
    IN: options.folder,
    MANIFEST_SHA256: options.manifestSha256,
    JOBS: '2',
    EVIDENCE: '1',
    ...(options.asItWas ? { AS_IT_WAS: '1' } : {}),
    CONNINFO: connInfo(String(server.PGDATABASE)),
    MAINTENANCE_MEMORY: maintenanceMemory(ctx.plan.target.resources.postgres.memory),
  };
  const step = stepOf(options.step, name);
  const done = await toolboxRun(ctx, toolbox, { step, script: 'restore.sh', env, total: sizeBytes });
  return parseEvidence(await done.read('evidence.jsonl'));
}

/**
 * An eighth of the task's memory for each of two sessions. More gets a backend killed at the task's memory limit, and the
 * whole server restarts (measured: 128 MB each in a task of 256 MB).
 */
const maintenanceMemory = (memory: number): string => `${Math.max(16, Math.floor(memory / 8))}MB`;
