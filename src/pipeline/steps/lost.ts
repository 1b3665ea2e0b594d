import { freeNameSql } from '../../engines/postgres/back.js';
import { parseEvidence } from '../../engines/postgres/evidence.js';
import { type FenceRecord, reopenSql } from '../../engines/postgres/fence.js';
import { backName } from '../../engines/postgres/names.js';
import { emptyCheckSql } from '../../engines/postgres/target.js';
import { untombstoneSql } from '../../engines/postgres/tombstone.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { SourceDatabase } from '../../plan/types.js';
import { isOwnJob } from '../app-copies.js';
import { type KnownBackup, knownBackups, requireWhole } from '../backups.js';
import type { MoveContext } from '../context.js';
import { evidenceFolder, stepOf } from '../folders.js';
import { sourceSql, type Toolbox } from '../live.js';
import type { Loss } from '../loss.js';
import { oneByOne } from '../one-by-one.js';
import { entryFor, recordedAll } from '../recorded.js';
import { removeRescue, rescueToolbox } from '../rescue.js';
import { type Held, holdSet, releaseSet } from '../restore/hold.js';
import { isSet } from '../scheduled-backups.js';
import { openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { finishedRun, tcpServer } from '../toolbox-run.js';
import { describe, isTerminal } from '../wait-alloc.js';
import { dropBack, makeRoom, switchDatabases } from './back.js';
import { restore } from './import.js';
import { tombstonesOf } from './prove.js';
import { equalText, requireEqual } from './verify.js';

const STOP_MS = 180_000;
const POLL_MS = 200;

export function chosenLoss(ctx: Pick<MoveContext, 'journal'>): Loss {
  const loss = ctx.journal.fact<Loss>('lost');
  if (loss) return loss;
  throw new DbctlError('INTERNAL', 'the journal does not say what was given up');
}

/** The backup that was chosen, as it was found then. It stays out of the list of the move's own: what is on that goes with it. */
export const LOST_BACKUP = 'lost.backup';

function chosenBackup(ctx: MoveContext): KnownBackup {
  const { backup: wanted } = chosenLoss(ctx);
  const chosen = ctx.journal.fact<KnownBackup | null>(LOST_BACKUP);
  const backup = [...(chosen ? [chosen] : []), ...knownBackups(ctx)].find(({ id }) => id === wanted);
  if (backup) return backup;
  throw new DbctlError('BACKUP_NOT_FOUND', 'the journal has no such backup', { value: String(wanted) });
}

/** Into new databases of the shared instance, with equal evidence, while everything else is still as it was. */
export const lostRestore: Step = {
  id: 'lost-restore',
  title: 'Restore the backup into the shared instance',
  run: async (ctx) => {
    const backup = chosenBackup(ctx);
    const toolbox = await rescueToolbox(ctx);
    // Where the server still makes backups of its own, retention goes on.
    if (isSet(backup)) await holdSet(ctx, toolbox, heldBy(ctx, backup), `run ${ctx.run}`);
    await requireWhole(ctx, toolbox, backup);
    const { databases } = ctx.plan.source;
    await makeRoom(ctx, databases);
    const compared = await oneByOne(databases, (database) => restoreOne(ctx, toolbox, backup, database));
    return { summary: `backup ${backup.id}: ${equalText(compared)}`, evidence: { backup: backup.id } };
  },
  undo: async (ctx) => {
    await dropBack(ctx);
    await letBackupGo(ctx);
    await removeRescue(ctx);
  },
};

const heldBy = ({ plan }: MoveContext, { id }: KnownBackup): Held => ({ home: `/backups/${plan.service}`, id });

/** Twice is once. A backup volume that cannot be reached any more keeps a pin, which is told. */
export async function letBackupGo(ctx: MoveContext): Promise<void> {
  const backup = ctx.journal.fact<KnownBackup | null>(LOST_BACKUP);
  if (!backup || !isSet(backup)) return;
  await rescueToolbox(ctx)
    .then((toolbox) => releaseSet(ctx, toolbox, heldBy(ctx, backup), `run ${ctx.run}`))
    .catch(() => ctx.note(`backup ${backup.id} keeps the pin of this run`));
}

async function restoreOne(ctx: MoveContext, toolbox: Toolbox, backup: KnownBackup, database: SourceDatabase) {
  const { folder, manifestSha256 } = entryFor(backup.dumps, database.name);
  const server = tcpServer(ctx.plan.source, await openSourceAccess(ctx, toolbox), backName(database.name, ctx.run));
  const target = await restore(ctx, toolbox, database, { step: 'lost-restore', folder, server, manifestSha256 });
  const done = await finishedRun(ctx, toolbox, stepOf('lost-restore', database.name));
  return await requireEqual(ctx, {
    database: database.name,
    source: parseEvidence(await done.read('dumped.jsonl')),
    target,
    folder: evidenceFolder(ctx, database.name, 'rollback'),
    // Taken while the app went on: pg_dump reads a sequence when it comes to it.
    sequences: 'at-least',
  });
}

/** From here on it is only ever finished. Whatever is left of the dedicated server ends too: nobody can log in there. */
export const lostStop: Step = {
  id: 'lost-stop',
  title: 'Stop the app and what is left of its database',
  run: async (ctx) => {
    const jobs = jobsOf(ctx);
    await oneByOne(jobs, (id) => stopJob(ctx, id));
    await untilEnded(ctx, jobs);
    const allocations = (await oneByOne(jobs, (id) => ctx.nomad.allocations(id))).flat();
    await ctx.journal.record(
      'lost-stop.old',
      allocations.map(({ ID }) => ID),
    );
    return { summary: `nothing of ${jobs.join(', ')} runs any more` };
  },
};

const jobsOf = (ctx: MoveContext): string[] => [ctx.plan.job.id, ...(isOwnJob(ctx) ? [ctx.plan.target.job] : [])];

async function stopJob(ctx: MoveContext, id: string): Promise<void> {
  const running = await ctx.nomad.job(id);
  if (!running || running.Stop === true) return;
  await ctx.nomad.registerJob({ ...running, Stop: true }, { enforceIndex: running.JobModifyIndex ?? 0 });
}

async function untilEnded(ctx: MoveContext, jobs: readonly string[]): Promise<void> {
  const until = ctx.clock.monotonic() + STOP_MS;
  for (;;) {
    const all = (await oneByOne(jobs, (id) => ctx.nomad.allocations(id))).flat();
    const left = all.filter((alloc) => !isTerminal(alloc));
    if (left.length === 0) return;
    if (ctx.clock.monotonic() > until)
      throw new DbctlError('NOMAD_ALLOC_FAILED', 'the dedicated database did not stop, so the old one stays closed', {
        where: `job ${jobs.join(', ')}`,
        details: left.flatMap(describe),
        next: `dbctl rollback ${ctx.plan.service} --resume`,
      });
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}

/** The old databases open, or the restored ones take their place. Nothing of the dedicated side runs, which is seen once more. */
export const lostSwitch: Step = {
  id: 'lost-switch',
  title: 'Open the databases on the shared instance',
  run: async (ctx) => {
    await untilEnded(ctx, jobsOf(ctx));
    if (chosenLoss(ctx).from === 'source') await reopenSources(ctx);
    else await switchDatabases(ctx);
    const names = ctx.plan.source.databases.map(({ name }) => name).join(', ');
    return { summary: `${names} on job ${ctx.plan.source.job}` };
  },
};

/** Names first, then rights: none opens before all have theirs. */
async function reopenSources(ctx: MoveContext): Promise<void> {
  const emptyCheck = emptyCheckSql();
  const shared = await sourceSql(ctx);
  const tombstones = tombstonesOf(ctx);
  const named = tombstones.flatMap((of) => [freeNameSql({ ...of, emptyCheck }), untombstoneSql(of)]);
  await ctx.sql.run(shared, named.join('\n'), { signal: ctx.signal });
  const opened = recordedAll<FenceRecord>(ctx, 'fence').map(reopenSql);
  await ctx.sql.run(shared, opened.join('\n'), { signal: ctx.signal });
}
