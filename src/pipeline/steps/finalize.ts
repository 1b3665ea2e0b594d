import { allowConnectionsSql, tombstoneStateSql } from '../../engines/postgres/closed-state.js';
import { digestOf, parseEvidence } from '../../engines/postgres/parse-evidence.js';
import { type DropResult, dropTombstoneSql, type Tombstone } from '../../engines/postgres/tombstone.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import type { MoveContext } from '../context.js';
import { entryOf } from '../journal.js';
import { runningAlloc, sourceSql, toolboxOf } from '../live.js';
import { requireJournal } from '../run.js';
import { dropSourceAccess, openSourceAccess } from '../source-access.js';
import type { Step } from '../step.js';
import { inToolbox, removeFolder, tcpServer, toolboxRun } from '../toolbox-run.js';
import { dumpFolder } from './dump.js';

/** The drop gate (reliability I1). Looks at everything, lists every condition that does not hold, changes nothing. */
export const finalGate: Step = {
  id: 'final-gate',
  title: 'Drop gate',
  run: async (ctx) => {
    const checks = [journalProof, soaked, offsite, sourceStillClosed, dumpIntact, appHealthy];
    const missing = (await Promise.all(checks.map((check) => check(ctx)))).filter((text) => text !== undefined);
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

async function sourceStillClosed(ctx: MoveContext): Promise<string | undefined> {
  const tombstone = requireTombstone(ctx);
  const [row] = (await ctx.sql.run(await sourceSql(ctx), tombstoneStateSql(tombstone), { signal: ctx.signal })) as {
    closed: boolean;
    sessions: number;
  }[];
  if (!row) return `database ${tombstone.tombstone} is not there under its recorded oid`;
  return row.closed && row.sessions === 0
    ? undefined
    : `database ${tombstone.tombstone} is open (${row.sessions} sessions)`;
}

/** Every byte of the dump is read again: it is the last copy of what is about to be dropped. */
async function dumpIntact(ctx: MoveContext): Promise<string | undefined> {
  const recorded = ctx.journal.fact<{ manifestSha256: string }>('dump')?.manifestSha256 ?? 'nothing recorded';
  const script = 'cd "$1"; echo "$2  manifest.json" | sha256sum -c - >/dev/null; sha256sum -c SHA256SUMS >/dev/null';
  return await inToolbox(ctx, await toolboxOf(ctx), script, dumpFolder(ctx), recorded).then(
    () => undefined,
    (error: unknown) =>
      `the dump ${dumpFolder(ctx)} cannot be read back whole: ${error instanceof DbctlError ? error.message : 'unknown'}`,
  );
}

async function appHealthy(ctx: MoveContext): Promise<string | undefined> {
  const alloc = await runningAlloc(ctx, ctx.plan.job.id, ctx.plan.target.toolbox);
  const down = ctx.plan.app.tasks.filter((task) => alloc.TaskStates?.[task]?.State !== 'running');
  const failing = (await ctx.nomad.checks(alloc.ID)).filter((check) => check.status === 'failure');
  if (down.length > 0) return `task ${down.join(', ')} of the app is not running`;
  return failing.length > 0 ? `check ${failing.map((check) => check.check).join(', ')} fails` : undefined;
}

/** Reads the closed database once more, compares it with the evidence of the move, and only then drops it. */
export const finalDrop: Step = {
  id: 'final-drop',
  title: 'Compare once more, then drop',
  inspect: async (ctx) => {
    const [row] = await ctx.sql.run(await sourceSql(ctx), tombstoneStateSql(requireTombstone(ctx)), {
      signal: ctx.signal,
    });
    const started = ctx.journal.fact<boolean>('final.compared') === true;
    return !row && started ? { kind: 'done', summary: 'already dropped' } : { kind: 'pending' };
  },
  run: async (ctx) => {
    const tombstone = requireTombstone(ctx);
    const shared = await sourceSql(ctx);
    const digest = await digestOfTombstone(ctx, tombstone);
    const recorded = ctx.journal.fact<string>('evidence');
    if (digest !== recorded) {
      throw new DbctlError('EVIDENCE_DIFFERS', 'the closed database is not what was moved', {
        where: `database ${tombstone.tombstone} of job ${ctx.plan.source.job}`,
        value: digest,
        details: [`recorded ${recorded ?? 'nothing'}`],
      });
    }
    await ctx.journal.record('final.compared', true);
    const leftovers = ctx.journal.fact<Tombstone[]>('leftovers') ?? [];
    for (const old of leftovers) await ctx.sql.run(shared, dropTombstoneSql(old), { signal: ctx.signal });
    const [result] = (await ctx.sql.run(shared, dropTombstoneSql({ ...tombstone, role: ctx.plan.source.role }), {
      signal: ctx.signal,
    })) as DropResult[];
    if (result?.roleKept)
      ctx.note(`role ${ctx.plan.source.role} stays on job ${ctx.plan.source.job}: ${result.roleKept}`);
    const dropped = [...leftovers.map((old) => old.tombstone), tombstone.tombstone];
    return { summary: `dropped ${dropped.join(', ')}`, evidence: { digest, dropped } };
  },
};

function requireTombstone(ctx: MoveContext): Tombstone {
  const tombstone = ctx.journal.fact<Tombstone>('tombstone');
  if (tombstone) return tombstone;
  throw new DbctlError('DROP_GATE', 'the journal names no closed database', { where: `service ${ctx.plan.service}` });
}

/** Open to superusers only (its connection limit stays 0) for as long as the reading takes. */
async function digestOfTombstone(ctx: MoveContext, tombstone: Tombstone): Promise<string> {
  const shared = await sourceSql(ctx);
  const toolbox = await toolboxOf(ctx);
  const user = await openSourceAccess(ctx, toolbox);
  await ctx.sql.run(shared, allowConnectionsSql(tombstone, true), { signal: ctx.signal });
  try {
    const step = `final-${ctx.clock.now().getTime()}`;
    const env = { ...tcpServer(ctx.plan.source, user, tombstone.tombstone), JOBS: '2' };
    const done = await toolboxRun(ctx, toolbox, {
      step,
      script: 'evidence.sh',
      env,
      total: mainDatabase(ctx.plan.source).sizeBytes,
    });
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
    await removeFolder(ctx, await toolboxOf(ctx), dumpFolder(ctx, 'back-dump'));
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
