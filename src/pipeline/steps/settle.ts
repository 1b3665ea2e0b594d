import { recordBackup } from '../backups.js';
import type { MoveContext } from '../context.js';
import { toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { offsiteNote, putOffsite } from '../put-offsite.js';
import { putPrograms } from '../put-programs.js';
import { entryFor, recordedAll } from '../recorded.js';
import { registerLast } from '../register-plain.js';
import { dropSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { dumpTarget, type RecordedDump, recorded, rowsOf } from './dump.js';

const FIRST_BACKUP = 'first-backup';

/** Registers the plain text (in place, no restart), writes it to the operator's file, takes the run's own role away. */
export const settle: Step = {
  id: 'settle',
  title: 'Write the jobspec, tidy up',
  run: async (ctx) => {
    await registerLast(ctx, ctx.artifacts.after);
    const { before, after, found, database } = ctx.artifacts;
    await writeJobspec(ctx, { from: found ?? before.Source, to: after.Source });
    if (database) await ctx.files.write(database.path, database.source.Source);
    await dropSourceAccess(ctx);
    await recordMoved(ctx);
    await ctx.journal.record('settled.at', ctx.clock.now().toISOString());
    const files = [ctx.artifacts.path, ...(database ? [database.path] : [])];
    return { summary: `${files.join(', ')} written`, evidence: { jobspec: ctx.artifacts.path, files } };
  },
};

async function recordMoved(ctx: MoveContext): Promise<void> {
  const { source, target } = ctx.plan;
  const dumps = recordedAll<RecordedDump>(ctx, 'dumps');
  const from = `job ${source.job}, ${source.address}:${source.port}`;
  const to = `job ${target.job}, ${ctx.plan.placement.address}`;
  await ctx.journal.record('migrate.moved', {
    from,
    to,
    databases: source.databases.map(({ name: database, sizeBytes: sourceBytes }) => ({
      database,
      sourceBytes,
      dumpBytes: entryFor(dumps, database).bytes,
      targetBytes: null,
    })),
  });
}

/** The first backup of each new database, next to the dump it came from. */
export const firstBackup: Step = {
  id: 'backup',
  title: 'First backup of the new database',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const at = ctx.clock.now().toISOString();
    const options = { step: 'backup', folder: FIRST_BACKUP };
    const results = await oneByOne(ctx.plan.source.databases, (database) =>
      dumpTarget(ctx, toolbox, database, options),
    );
    for (const problem of await putOffsite(ctx, toolbox)) ctx.note(offsiteNote(problem));
    // After the app is in: nothing of it waits for the schedule, which sends its first set elsewhere at once.
    await putPrograms(ctx, toolbox);
    await recordBackup(ctx, { id: FIRST_BACKUP, at, rows: rowsOf(results), dumps: recorded(results) });
    const folders = results.map(({ folder }) => folder).join(', ');
    const tables = results.reduce((sum, { evidence }) => sum + evidence.tables.length, 0);
    return { summary: `${tables} tables in ${folders}`, evidence: { dumps: recorded(results) } };
  },
};

/** Never over somebody's edit: a file that is neither the old nor the new text is kept, the new text goes beside it. */
export async function writeJobspec(ctx: MoveContext, text: { from: string; to: string }): Promise<void> {
  const { path } = ctx.artifacts;
  const now = await ctx.files.read(path);
  if (now === text.to) return;
  if (now === text.from || now === undefined) return await ctx.files.write(path, text.to);
  await ctx.files.write(`${path}.dbctl-new`, text.to);
  ctx.note(`${path} was edited meanwhile and is kept; what runs now is in ${path}.dbctl-new`);
}
