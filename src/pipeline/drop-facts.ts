import { type TombstoneState, tombstoneStateSql } from '../engines/postgres/closed-state.js';
import { type EmptiedRow, emptiedSql } from '../engines/postgres/emptied.js';
import { evidenceLine, type TableLine } from '../engines/postgres/evidence-lines.js';
import { lineKey } from '../engines/postgres/parse-evidence.js';
import { type Marker, markerSql } from '../engines/postgres/target.js';
import type { Tombstone } from '../engines/postgres/tombstone.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { together } from '../shared/together.js';
import { isUncertain } from './after-failure.js';
import { appAllocations } from './app-copies.js';
import type { MoveContext } from './context.js';
import type { DropFacts, NewDatabase, Unreadable } from './drop-gate.js';
import { sourceSql, targetSql, toolboxOf } from './live.js';
import { oneByOne } from './one-by-one.js';
import { requireJournal } from './run.js';
import { serviceChecks } from './service-checks.js';
import type { RecordedDump } from './steps/dump.js';
import { inToolbox } from './toolbox-run.js';
import { loginProblems } from './vault-login.js';

/** Everything that the drop gate asks about, read now. `accepted` names tables that rightly are empty or gone. */
export async function dropFacts(ctx: MoveContext, accepted: readonly string[]): Promise<DropFacts> {
  const [sources, copies, target, app, login] = await together([
    sourceStates(ctx),
    copiesOf(ctx),
    newDatabase(ctx, accepted).catch((error: unknown): Unreadable => ({ unreadable: reasonOf(error) })),
    appState(ctx),
    loginProblems(ctx).catch((error: unknown) => [`the password could not be tried: ${reasonOf(error)}`]),
  ]);
  const names = (key: string): string[] =>
    (ctx.journal.fact<{ database: string }[]>(key) ?? []).map(({ database }) => database);
  return {
    databases: ctx.plan.source.databases.map(({ name }) => name),
    stepsDone: requireJournal(ctx).steps.flatMap(({ id, state }) => (state === 'done' ? [id] : [])),
    recorded: {
      fence: names('fence'),
      dumps: names('dumps'),
      evidence: names('evidence'),
      tombstones: names('tombstones'),
    },
    settledAt: ctx.journal.fact<string>('settled.at') ?? null,
    now: ctx.clock.now(),
    soakSeconds: ctx.service.finalize.soakSeconds,
    offsite: ctx.service.finalize.offsite === 'waived' ? 'waived' : 'none',
    ...{ sources, copies, target, app, login },
  };
}

/** What could not be looked at holds the gate closed; only when nothing is known of Nomad itself the run ends as such. */
function reasonOf(error: unknown): string {
  if (!(error instanceof DbctlError) || isUncertain(error.code)) throw error;
  return `${error.message}${error.where === undefined ? '' : ` (${error.where})`}`;
}

const sourceStates = (ctx: MoveContext): Promise<DropFacts['sources']> =>
  oneByOne(ctx.journal.fact<Tombstone[]>('tombstones') ?? [], async (tombstone) => ({
    tombstone,
    state: await tombstoneState(ctx, tombstone),
    readByUs: ctx.journal.fact<boolean>('final.reading') === true,
  }));

export async function tombstoneState(ctx: MoveContext, tombstone: Tombstone): Promise<TombstoneState> {
  const [row] = await ctx.sql.run(await sourceSql(ctx), tombstoneStateSql(tombstone), { signal: ctx.signal });
  return row as TombstoneState;
}

/** The manifest vouches for the list of sums and the evidence, the list for every file. */
const READ_BACK = [
  'cd "$1"; echo "$2  manifest.json" | sha256sum -c - >/dev/null',
  `of() { sed -n "s/.*\\"$1\\":\\"\\([0-9a-f]*\\)\\".*/\\1/p" manifest.json; }`,
  'sums=$(of sumsSha256); evidence=$(of evidenceSha256)',
  `printf '%s  SHA256SUMS\\n%s  evidence.jsonl\\n' "$sums" "$evidence" | sha256sum -c - >/dev/null`,
  'sha256sum -c SHA256SUMS >/dev/null',
].join('; ');

/** Every byte is read again: they are the last copies of what is about to be dropped. */
function copiesOf(ctx: MoveContext): Promise<DropFacts['copies']> {
  const known = ['dumps', 'first-backups'].flatMap((key) => ctx.journal.fact<RecordedDump[]>(key) ?? []);
  return oneByOne(known, async ({ folder, manifestSha256 }) => {
    const problem = await toolboxOf(ctx)
      .then((toolbox) => inToolbox(ctx, toolbox, READ_BACK, folder, manifestSha256))
      .then(() => null, reasonOf);
    return { folder, problem };
  });
}

async function newDatabase(ctx: MoveContext, accepted: readonly string[]): Promise<NewDatabase> {
  const { service, source } = ctx.plan;
  const server = await targetSql(ctx);
  const ask = "select json_build_object('id', system_identifier::text) from pg_control_system();";
  const [row] = (await ctx.sql.run(server, ask, { signal: ctx.signal })) as { id: string }[];
  const marks = (await ctx.sql.run(server, markerSql(service), { signal: ctx.signal })) as Marker[];
  const emptied = await oneByOne(source.databases, ({ name }) => emptiedTables(ctx, name));
  return {
    systemIdentifier: row?.id ?? '',
    recordedIdentifier: ctx.journal.fact<string>('target.systemIdentifier') ?? null,
    verified: marks.flatMap(({ database, run, state }) => (run === ctx.run && state === 'verified' ? [database] : [])),
    emptied: emptied.flat(),
    accepted,
  };
}

/** By the evidence that lies beside the dump. */
async function emptiedTables(ctx: MoveContext, database: string): Promise<NewDatabase['emptied']> {
  const dump = ctx.journal.fact<RecordedDump[]>('dumps')?.find((entry) => entry.database === database);
  // A database without a record holds the gate closed by that.
  if (dump === undefined) return [];
  const script = emptiedSql(await movedTables(ctx, dump.folder));
  const rows = (await ctx.sql.run(await targetSql(ctx, database), script, { signal: ctx.signal })) as EmptiedRow[];
  return rows.map(({ schema, name, gone }) => ({
    table: lineKey({ k: 'table', schema, name, rows: 0, digest: '' }),
    gone,
  }));
}

async function movedTables(ctx: MoveContext, folder: string): Promise<TableLine[]> {
  const script = `grep '"k" : "table"' "$1/evidence.jsonl" || [ $? -eq 1 ]`;
  const text = await inToolbox(ctx, await toolboxOf(ctx), script, folder);
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const parsed = evidenceLine.parse(JSON.parse(line));
    return parsed.k === 'table' ? [parsed] : [];
  });
}

async function appState(ctx: MoveContext): Promise<DropFacts['app']> {
  const { tasks } = ctx.plan.app;
  const allocations = await appAllocations(ctx).catch((error: unknown) => {
    reasonOf(error);
    return [];
  });
  const down = tasks.filter((task) => !allocations.some((alloc) => alloc.TaskStates?.[task]?.State === 'running'));
  const checks = await together(allocations.map((alloc) => serviceChecks(ctx, alloc)));
  // What has not answered yet is no proof of health.
  return { down, failing: checks.flat().filter(({ status }) => status !== 'success') };
}
