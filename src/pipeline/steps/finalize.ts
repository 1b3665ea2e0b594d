import { allowConnectionsSql, type TombstoneState, tombstoneStateSql } from '../../engines/postgres/closed-state.js';
import { digestOf, parseEvidence } from '../../engines/postgres/parse-evidence.js';
import { type DropResult, dropTombstoneSql, type Tombstone } from '../../engines/postgres/tombstone.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { together } from '../../shared/together.js';
import { appAllocations } from '../app-copies.js';
import type { MoveContext } from '../context.js';
import { dumpFolder, stepOf } from '../folders.js';
import { entryOf } from '../journal.js';
import { sourceSql, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { entryFor, recordedAll } from '../recorded.js';
import { requireJournal } from '../run.js';
import { serviceChecks } from '../service-checks.js';
import { dropSourceAccess, openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { inToolbox, removeFolder, tcpServer, toolboxRun } from '../toolbox-run.js';
import type { RecordedDump } from './dump.js';
import type { RecordedEvidence } from './verify.js';

/** The drop gate (reliability I1). Looks at everything, lists every condition that does not hold, changes nothing. */
export const finalGate: Step = {
  id: 'final-gate',
  title: 'Drop gate',
  run: async (ctx) => {
    const checks = [journalProof, soaked, offsite, sourceStillClosed, dumpsIntact, appHealthy];
    const missing = (await Promise.all(checks.map((check) => check(ctx)))).flatMap((text) => text ?? []);
    if (missing.length > 0) {
      throw new DbctlError('DROP_GATE', 'the old database is not dropped yet', {
        where: `service ${ctx.plan.service}`,
        details: missing,
        next: `dbctl finalize ${ctx.plan.service}, once these hold`,
      });
    }
    return { summary: `${checks.length} conditions hold`, evidence: { conditions: checks.length } };
  },
};

/** Everything above is only believed because it is journalled: fence, dump, restore of that dump, equal digests. */
async function journalProof(ctx: MoveContext): Promise<string | undefined> {
  const journal = requireJournal(ctx);
  const open = ['fence', 'dump', 'import', 'verify', 'prove'].filter((id) => entryOf(journal, id)?.state !== 'done');
  return open.length > 0 ? `the journal has no finished ${open.join(', ')}` : undefined;
}

async function soaked(ctx: MoveContext): Promise<string | undefined> {
  const since = ctx.journal.fact<string>('settled.at');
  if (!since) return 'the move is not settled';
  const left = ctx.service.finalize.soakSeconds - (ctx.clock.now().getTime() - Date.parse(since)) / 1000;
  return left > 0
    ? `the app has to be healthy for ${ctx.service.finalize.soakSeconds} s first; ${Math.ceil(left)} s are left`
    : undefined;
}

async function offsite(ctx: MoveContext): Promise<string | undefined> {
  if (ctx.service.finalize.offsite === 'waived') return undefined;
  return 'no receipt of an off-site backup; set finalize.offsite: waived in dbctl.yaml if you accept that';
}

async function sourceStillClosed(ctx: MoveContext): Promise<string[]> {
  const texts = await together(requireTombstones(ctx).map((tombstone) => closedProblem(ctx, tombstone)));
  return texts.filter((text) => text !== undefined);
}

async function closedProblem(ctx: MoveContext, tombstone: Tombstone): Promise<string | undefined> {
  const row = await stateOf(ctx, tombstone);
  if (!row) return `database ${tombstone.tombstone} is not there under its recorded oid`;
  return row.closed && row.sessions === 0
    ? undefined
    : `database ${tombstone.tombstone} is open (${row.sessions} sessions)`;
}

/** `undefined` when it is not there. */
async function stateOf(ctx: MoveContext, tombstone: Tombstone): Promise<TombstoneState | undefined> {
  const [row] = await ctx.sql.run(await sourceSql(ctx), tombstoneStateSql(tombstone), { signal: ctx.signal });
  return row as TombstoneState | undefined;
}

/** Every byte of the dumps is read again: they are the last copies of what is about to be dropped. */
async function dumpsIntact(ctx: MoveContext): Promise<string[]> {
  const toolbox = await toolboxOf(ctx);
  const dumps = recordedAll<RecordedDump>(ctx, 'dumps');
  const script = 'cd "$1"; echo "$2  manifest.json" | sha256sum -c - >/dev/null; sha256sum -c SHA256SUMS >/dev/null';
  const texts = await oneByOne(dumps, ({ folder, manifestSha256 }) =>
    inToolbox(ctx, toolbox, script, folder, manifestSha256).then(
      () => undefined,
      (error: unknown) =>
        `the dump ${folder} cannot be read back whole: ${error instanceof DbctlError ? error.message : 'unknown'}`,
    ),
  );
  return texts.filter((text) => text !== undefined);
}

async function appHealthy(ctx: MoveContext): Promise<string | undefined> {
  const allocations = await appAllocations(ctx);
  const down = ctx.plan.app.tasks.filter(
    (task) => !allocations.some((alloc) => alloc.TaskStates?.[task]?.State === 'running'),
  );
  const checks = await together(allocations.map((alloc) => serviceChecks(ctx, alloc)));
  // What has not answered yet is no proof of health.
  const failing = checks.flat().filter(({ status }) => status !== 'success');
  if (down.length > 0) return `task ${down.join(', ')} of the app is not running`;
  return failing.length > 0
    ? `check ${failing.map(({ check, status }) => `${check} (${status})`).join(', ')} does not pass`
    : undefined;
}

/** Reads every closed database once more, compares all with the evidence of the move, and only then drops the first. */
export const finalDrop: Step = {
  id: 'final-drop',
  title: 'Compare once more, then drop',
  inspect: async (ctx) => {
    const compared = ctx.journal.fact<boolean>('final.compared') === true;
    const left = await together(requireTombstones(ctx).map((tombstone) => stateOf(ctx, tombstone)));
    return compared && left.every((state) => state === undefined)
      ? { kind: 'done', summary: 'already dropped' }
      : { kind: 'pending' };
  },
  run: async (ctx) => {
    const tombstones = requireTombstones(ctx);
    const evidence = recordedAll<RecordedEvidence>(ctx, 'evidence');
    // A run that was cut between two drops compares what is left; all of them were compared before the first drop.
    const compared = ctx.journal.fact<boolean>('final.compared') === true;
    await oneByOne(tombstones, async (tombstone) => {
      if (compared && !(await stateOf(ctx, tombstone))) return;
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
  const digest = await digestOfTombstone(ctx, tombstone);
  if (digest === recorded) return;
  throw new DbctlError('EVIDENCE_DIFFERS', 'the closed database is not what was moved', {
    where: `database ${tombstone.tombstone} of job ${ctx.plan.source.job}`,
    value: digest,
    details: [`recorded ${recorded}`],
  });
}

function requireTombstones(ctx: MoveContext): readonly Tombstone[] {
  const tombstones = ctx.journal.fact<Tombstone[]>('tombstones');
  if (tombstones) return tombstones;
  throw new DbctlError('DROP_GATE', 'the journal names no closed database', { where: `service ${ctx.plan.service}` });
}

/** Open to superusers only (its connection limit stays 0) for as long as the reading takes. */
async function digestOfTombstone(ctx: MoveContext, tombstone: Tombstone): Promise<string> {
  const shared = await sourceSql(ctx);
  const toolbox = await toolboxOf(ctx);
  const user = await openSourceAccess(ctx, toolbox);
  const total = ctx.plan.source.databases.find(({ name }) => name === tombstone.database)?.sizeBytes ?? 0;
  await ctx.sql.run(shared, allowConnectionsSql(tombstone, true), { signal: ctx.signal });
  try {
    const step = stepOf(`final-${ctx.clock.now().getTime()}`, tombstone.database);
    const env = { ...tcpServer(ctx.plan.source, user, tombstone.tombstone), JOBS: '2' };
    const done = await toolboxRun(ctx, toolbox, { step, script: 'evidence.sh', env, total });
    return digestOf(parseEvidence(await done.read('evidence.jsonl')));
  } finally {
    await ctx.sql.run(shared, allowConnectionsSql(tombstone, false));
  }
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

/** Data of earlier moves that were rolled back: superseded by what was just compared, and in nobody's way back any more. */
async function removeRetired(ctx: MoveContext): Promise<void> {
  const server = { ...(await toolboxOf(ctx)), task: ctx.plan.target.task };
  await inToolbox(ctx, server, 'rm -rf -- "$(dirname "$PGDATA")"/pgdata.retired-*');
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
