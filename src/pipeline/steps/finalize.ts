import { allowConnectionsSql } from '../../engines/postgres/closed-state.js';
import { compareEvidence, digestOf, type Evidence, parseEvidence } from '../../engines/postgres/evidence.js';
import { type DropResult, dropTombstoneSql, type Tombstone } from '../../engines/postgres/tombstone.js';
import { closeUnlessWrittenSql, writesSince, writesSql } from '../../engines/postgres/writes.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { together } from '../../shared/together.js';
import type { MoveContext } from '../context.js';
import { dropFacts, tombstoneState } from '../drop-facts.js';
import { closedBecause, GATE_COUNT } from '../drop-gate.js';
import { dumpFolder, stepOf } from '../folders.js';
import { sourceSql, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { entryFor, recordedAll } from '../recorded.js';
import { dropSourceAccess, openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { inToolbox, removeFolder, tcpServer, toolboxRun } from '../toolbox-run.js';
import type { RecordedDump } from './dump.js';
import type { RecordedEvidence } from './verify.js';

/**
 * The drop gate (reliability I1). Looks at everything, lists every condition that does not hold, changes nothing. Looked at
 * anew by every finalize, whatever the journal says, until the first database is gone.
 */
export const finalGate = (accepted: readonly string[]): Step => ({
  id: 'final-gate',
  title: 'Drop gate',
  inspect: async (ctx) =>
    (await dropBegan(ctx)) ? { kind: 'done', summary: 'the drop has begun already' } : { kind: 'pending' },
  run: async (ctx) => {
    const missing = closedBecause(await dropFacts(ctx, accepted));
    if (missing.length > 0) {
      throw new DbctlError('DROP_GATE', 'the old database is not dropped yet', {
        where: `service ${ctx.plan.service}`,
        details: missing,
        next: `dbctl finalize ${ctx.plan.service}, once these hold`,
      });
    }
    return { summary: `${GATE_COUNT} conditions hold`, evidence: { conditions: GATE_COUNT, accepted } };
  },
});

/** All were compared, and one is gone: only this run drops, and only after that. */
async function dropBegan(ctx: MoveContext): Promise<boolean> {
  if (ctx.journal.fact<boolean>('final.compared') !== true) return false;
  const gone = await together(requireTombstones(ctx).map((tombstone) => isGone(ctx, tombstone)));
  return gone.includes(true);
}

/** Gone from the recorded server: on another one an oid says nothing. */
async function isGone(ctx: MoveContext, tombstone: Tombstone): Promise<boolean> {
  const state = await tombstoneState(ctx, tombstone);
  if (state.systemIdentifier === tombstone.systemIdentifier) return state.name === null;
  throw new DbctlError('IDENTITY_MISMATCH', 'the shared server is another one than the recorded', {
    where: `job ${ctx.plan.source.job}`,
    value: state.systemIdentifier,
    details: [`recorded ${tombstone.systemIdentifier}`],
  });
}

/** Reads every closed database once more, compares all with the evidence of the move, and only then drops the first. */
export const finalDrop: Step = {
  id: 'final-drop',
  title: 'Compare once more, then drop',
  inspect: async (ctx) => {
    const compared = ctx.journal.fact<boolean>('final.compared') === true;
    const gone = await together(requireTombstones(ctx).map((tombstone) => isGone(ctx, tombstone)));
    return compared && gone.every(Boolean) ? { kind: 'done', summary: 'already dropped' } : { kind: 'pending' };
  },
  run: async (ctx) => {
    const tombstones = requireTombstones(ctx);
    const evidence = recordedAll<RecordedEvidence>(ctx, 'evidence');
    // A run that was cut between two drops compares what is left; all of them were compared before the first drop.
    const compared = ctx.journal.fact<boolean>('final.compared') === true;
    await oneByOne(tombstones, async (tombstone) => {
      if (compared && (await isGone(ctx, tombstone))) return;
      await requireUnchanged(ctx, tombstone, entryFor(evidence, tombstone.database).digest);
    });
    await ctx.journal.record('final.compared', true);
    const leftovers = ctx.journal.fact<Tombstone[]>('leftovers') ?? [];
    const dropped = [...leftovers, ...tombstones];
    await dropAll(ctx, dropped);
    const names = dropped.map(({ tombstone }) => tombstone);
    const digests = evidence.map(({ database, digest }) => ({ database, digest }));
    return { summary: `dropped ${names.join(', ')}`, evidence: { digests, dropped: names } };
  },
};

/** The role goes with the last: until then another of its databases needs it. */
async function dropAll(ctx: MoveContext, tombstones: readonly Tombstone[]): Promise<void> {
  const { role, job } = ctx.plan.source;
  const shared = await sourceSql(ctx);
  const last = tombstones.at(-1);
  await oneByOne(tombstones, async (tombstone) => {
    const script = dropTombstoneSql(tombstone === last ? { ...tombstone, role } : tombstone);
    const [result] = (await ctx.sql.run(shared, script, { signal: ctx.signal })) as DropResult[];
    if (tombstone === last && result?.roleKept) ctx.note(`role ${role} stays on job ${job}: ${result.roleKept}`);
  });
}

async function requireUnchanged(ctx: MoveContext, tombstone: Tombstone, recorded: string): Promise<void> {
  const now = await evidenceOfTombstone(ctx, tombstone);
  if (digestOf(now) === recorded) return;
  throw changed(ctx, tombstone, await whatDiffers(ctx, tombstone, now));
}

const changed = (ctx: MoveContext, { tombstone }: Tombstone, details: readonly string[]): DbctlError =>
  new DbctlError('EVIDENCE_DIFFERS', 'the closed database is not what was moved', {
    where: `database ${tombstone} of job ${ctx.plan.source.job}`,
    details,
    next: 'nothing was dropped; look what somebody wrote there, and carry it over by hand',
  });

/** Against the evidence that lies beside the dump; its SHA-256 was checked by the gate. */
async function whatDiffers(ctx: MoveContext, { database }: Tombstone, now: Evidence): Promise<string[]> {
  const { folder } = entryFor(recordedAll<RecordedDump>(ctx, 'dumps'), database);
  const text = await inToolbox(ctx, await toolboxOf(ctx), 'cat "$1/evidence.jsonl"', folder);
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return compareEvidence(parseEvidence(lines.join('\n')), now, { sequences: 'equal' }).catalogDiff.slice(0, 40);
}

function requireTombstones(ctx: MoveContext): readonly Tombstone[] {
  const tombstones = ctx.journal.fact<Tombstone[]>('tombstones');
  if (tombstones) return tombstones;
  throw new DbctlError('DROP_GATE', 'the journal names no closed database', { where: `service ${ctx.plan.service}` });
}

/**
 * Open to superusers only (its connection limit stays 0) for as long as the reading takes. Closed again only by the session
 * that finds nothing written meanwhile; else it is closed all the same, and EVIDENCE_DIFFERS thrown.
 */
async function evidenceOfTombstone(ctx: MoveContext, tombstone: Tombstone): Promise<Evidence> {
  const shared = await sourceSql(ctx);
  const inside = await sourceSql(ctx, tombstone.tombstone);
  await ctx.journal.record('final.reading', true);
  await ctx.sql.run(shared, allowConnectionsSql(tombstone, true), { signal: ctx.signal });
  try {
    const [before] = (await ctx.sql.run(inside, writesSql(), { signal: ctx.signal })) as Writes[];
    const evidence = await readTombstone(ctx, tombstone);
    const script = closeUnlessWrittenSql({ ...tombstone, database: tombstone.tombstone }, before?.writes ?? '');
    const [after] = (await ctx.sql.run(inside, script, { signal: ctx.signal })) as Writes[];
    const written = writesSince(before?.writes ?? '', after?.writes ?? '');
    if (written.length > 0) throw changed(ctx, tombstone, written);
    return evidence;
  } finally {
    await ctx.sql.run(shared, allowConnectionsSql(tombstone, false));
  }
}

interface Writes {
  readonly writes: string;
}

async function readTombstone(ctx: MoveContext, tombstone: Tombstone): Promise<Evidence> {
  const toolbox = await toolboxOf(ctx);
  const user = await openSourceAccess(ctx, toolbox);
  const total = ctx.plan.source.databases.find(({ name }) => name === tombstone.database)?.sizeBytes ?? 0;
  const step = stepOf(`final-${ctx.clock.now().getTime()}`, tombstone.database);
  const env = { ...tcpServer(ctx.plan.source, user, tombstone.tombstone), JOBS: '2' };
  const done = await toolboxRun(ctx, toolbox, { step, script: 'evidence.sh', env, total });
  return parseEvidence(await done.read('evidence.jsonl'));
}

/** The service leaves the shared job's init *file*; the job itself is not registered, that would restart it for everybody. */
export const finalTidy: Step = {
  id: 'final-tidy',
  title: 'Tidy up',
  run: async (ctx) => {
    await dropSourceAccess(ctx);
    const changed = await writeSharedInit(ctx);
    await removeRetired(ctx);
    const toolbox = await toolboxOf(ctx);
    await oneByOne(ctx.plan.source.databases, ({ name }) =>
      removeFolder(ctx, toolbox, dumpFolder(ctx, name, 'back-dump')),
    );
    return {
      summary: changed ? `${changed}: init block removed; run it when a restart suits everybody` : 'nothing else to do',
    };
  },
};

/** What a rollback had to give up is not superseded by anything: it ends with `-kept`, and only a person removes it. */
const REMOVE_RETIRED =
  'for old in "$(dirname "$PGDATA")"/pgdata.retired-*; do case "$old" in *-kept) ;; *) rm -rf -- "$old" ;; esac; done';

/** Data of earlier moves that were rolled back: superseded by what was just compared, and in nobody's way back any more. */
async function removeRetired(ctx: MoveContext): Promise<void> {
  const server = { ...(await toolboxOf(ctx)), task: ctx.plan.target.task };
  await inToolbox(ctx, server, REMOVE_RETIRED);
}

async function writeSharedInit(ctx: MoveContext): Promise<string | undefined> {
  const init = ctx.artifacts.sharedInit;
  if (!init || init.before === init.after) return undefined;
  if ((await ctx.files.read(init.path)) !== init.before) {
    ctx.note(`${init.path} was edited meanwhile and is kept: take the block of ${ctx.plan.service} out by hand`);
    return undefined;
  }
  await ctx.files.write(init.path, init.after);
  return init.path;
}
