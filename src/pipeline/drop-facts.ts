import { readCatalog } from '../dataplane/read-catalog.js';
import { type TombstoneState, tombstoneStateSql } from '../engines/postgres/closed-state.js';
import { type EmptiedRow, emptiedSql } from '../engines/postgres/emptied.js';
import { type Evidence, lineKey } from '../engines/postgres/parse-evidence.js';
import { type Marker, markerSql } from '../engines/postgres/target.js';
import type { Tombstone } from '../engines/postgres/tombstone.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { together } from '../shared/together.js';
import { isUncertain } from './after-failure.js';
import { appAllocations } from './app-copies.js';
import { knownBackups } from './backups.js';
import type { MoveContext } from './context.js';
import type { DropFacts, NewDatabase, Unreadable } from './drop-gate.js';
import { sourceSql, targetSql, toolboxOf } from './live.js';
import { offsiteProof } from './offsite-proof.js';
import { oneByOne } from './one-by-one.js';
import { requireJournal } from './run.js';
import { serviceChecks } from './service-checks.js';
import type { RecordedDump } from './steps/dump.js';
import { loginProblems } from './vault-login.js';
import { readDump } from './verify/dump-file.js';

/** Everything that the drop gate asks about, read now. `accepted` names tables that rightly are empty or gone. */
export async function dropFacts(ctx: MoveContext, accepted: readonly string[]): Promise<DropFacts> {
  const dumps = await copiesOf(ctx, ctx.journal.fact<RecordedDump[]>('dumps') ?? []);
  const [sources, offsite, backups, target, app, login] = await together([
    sourceStates(ctx),
    offsiteState(ctx),
    copiesOf(
      ctx,
      knownBackups(ctx).flatMap((backup) => backup.dumps),
    ),
    newDatabase(ctx, dumps, accepted).catch((error: unknown): Unreadable => ({ unreadable: reasonOf(error) })),
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
    copies: [...dumps, ...backups].map(({ dump: { folder }, problem }) => ({ folder, problem })),
    ...{ sources, offsite, target, app, login },
  };
}

/** As the toolbox that sent them says: it has read each object back. A catalog that cannot be read proves nothing. */
async function offsiteState(ctx: MoveContext): Promise<DropFacts['offsite']> {
  if (ctx.service.finalize.offsite === 'waived') return 'waived';
  const catalog = await toolboxOf(ctx)
    .then(({ allocId }) => readCatalog(ctx.nomad, allocId))
    .catch((error: unknown) => void reasonOf(error));
  return offsiteProof(catalog, {
    databases: ctx.plan.source.databases.map(({ name }) => name),
    systemIdentifier: ctx.journal.fact<string>('target.systemIdentifier') ?? null,
    since: ctx.journal.fact<string>('settled.at') ?? null,
  });
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

interface Copy {
  readonly dump: RecordedDump;
  readonly problem: string | null;
  /** Of the dump's snapshot; absent when it cannot be read. */
  readonly evidence?: Evidence;
}

/** Every byte is read again: they are the last copies of what is about to be dropped. */
const copiesOf = (ctx: MoveContext, dumps: readonly RecordedDump[]): Promise<readonly Copy[]> =>
  oneByOne(dumps, (dump) =>
    readDump(ctx, dump).then(
      ({ evidence }) => ({ dump, problem: null, evidence }),
      (error: unknown) => ({ dump, problem: reasonOf(error) }),
    ),
  );

async function newDatabase(
  ctx: MoveContext,
  dumps: readonly Copy[],
  accepted: readonly string[],
): Promise<NewDatabase> {
  const { service } = ctx.plan;
  const server = await targetSql(ctx);
  const ask = "select json_build_object('id', system_identifier::text) from pg_control_system();";
  const [row] = (await ctx.sql.run(server, ask, { signal: ctx.signal })) as { id: string }[];
  const marks = (await ctx.sql.run(server, markerSql(service), { signal: ctx.signal })) as Marker[];
  const emptied = await oneByOne(dumps, (copy) => emptiedTables(ctx, copy));
  return {
    systemIdentifier: row?.id ?? '',
    recordedIdentifier: ctx.journal.fact<string>('target.systemIdentifier') ?? null,
    verified: marks.flatMap(({ database, run, state }) => (run === ctx.run && state === 'verified' ? [database] : [])),
    emptied: emptied.flat(),
    accepted,
  };
}

/** By the evidence that lies beside the dump; one that cannot be read holds the gate closed by that. */
async function emptiedTables(ctx: MoveContext, { dump, evidence }: Copy): Promise<NewDatabase['emptied']> {
  if (evidence === undefined) return [];
  const script = emptiedSql(evidence.tables);
  const rows = (await ctx.sql.run(await targetSql(ctx, dump.database), script, { signal: ctx.signal })) as EmptiedRow[];
  return rows.map(({ schema, name, gone }) => ({
    table: lineKey({ k: 'table', schema, name, rows: 0, digest: '' }),
    gone,
  }));
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
