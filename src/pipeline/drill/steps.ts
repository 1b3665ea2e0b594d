import { type Evidence, missingRows, parseEvidence } from '../../engines/postgres/evidence.js';
import { clearWaySql } from '../../engines/postgres/fill.js';
import { type PageCheck, pageCheckSql } from '../../engines/postgres/health.js';
import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import type { DrillFinding } from '../../report/drill-report.js';
import type { DatabaseEvidence } from '../../report/report.js';
import { fileName } from '../../shared/file-name.js';
import { serviceDir } from '../backup-settings.js';
import { evidenceFolder, stepOf } from '../folders.js';
import { serverOf, type Toolbox } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { entryFor } from '../recorded.js';
import type { Chosen } from '../restore/choose.js';
import type { FoundSet } from '../restore/context.js';
import { fetchCopy, removeSecrets } from '../restore/fetch.js';
import { joined } from '../restore/joined.js';
import { readSet } from '../restore/read-set.js';
import { FACTS_AS_IT_WAS } from '../restore/verify-step.js';
import { restore } from '../steps/import.js';
import { requireEqual } from '../steps/verify.js';
import { systemIdentifierOf } from '../system-identifier.js';
import { finishedRun, inToolbox, socketServer } from '../toolbox-run.js';
import type { DrillContext } from './context.js';
import { requireFits, requireRoomToFetch } from './fits.js';

/** Reading every row of a large database takes its time. */
const WHOLE_DATABASE_MS = 6 * 3600 * 1000;

/** The set where the throwaway toolbox can read it: fetched into its own folder, or as it lies on the backup volume. */
export async function drillSet(ctx: DrillContext, toolbox: Toolbox): Promise<FoundSet> {
  const [first, ...others] = await oneByOne([ctx.chosen, ...ctx.more], (one) => bring(ctx, toolbox, one));
  return others.reduce(joined, first as FoundSet);
}

async function bring(ctx: DrillContext, toolbox: Toolbox, { id, prefix, bytes, service }: Chosen): Promise<FoundSet> {
  const named = service ?? ctx.plan.service;
  const of = { ...ctx, plan: { ...ctx.plan, service: named } };
  if (ctx.offsite === null) return await readSet(of, toolbox, { id, folder: `${serviceDir(named)}/sets/${id}` });
  const alloc = await allocFolder(ctx, toolbox);
  await requireRoomToFetch(ctx, toolbox, alloc, bytes ?? 0);
  const folder = `${alloc}/dbctl/${ctx.run}/fetched/${fileName(named)}-${id}`;
  const step = service === undefined ? 'fetch' : stepOf('fetch', named);
  await fetchCopy(ctx, toolbox, { place: ctx.offsite, id, prefix: prefix ?? '', out: folder, bytes: bytes ?? 0, step });
  await removeSecrets(ctx, toolbox);
  return await readSet(of, toolbox, { id, folder });
}

async function allocFolder(ctx: DrillContext, toolbox: Toolbox): Promise<string> {
  const said = await inToolbox(ctx, toolbox, 'printf "dbctl-alloc %s\\n" "$NOMAD_ALLOC_DIR"');
  const folder = /^dbctl-alloc (\/.+)$/m.exec(said)?.[1];
  if (folder !== undefined) return folder;
  throw new DbctlError('EXEC_FAILED', 'the task does not know its own folder', { where: `task ${toolbox.task}` });
}

/** The same set, once every database that the service has is in it. Throws BACKUP_NOT_FOUND. */
export function requireWhole(ctx: DrillContext, set: FoundSet): FoundSet {
  const known = new Set(ctx.plan.target.databases.map(({ name }) => name));
  for (const { database } of set.databases)
    if (!known.has(database))
      ctx.note(
        `the backup holds database ${database} too, which the service did not have when it got its own server: not tried`,
      );
  const missing = ctx.plan.target.databases.filter(
    ({ name }) => !set.databases.some(({ database }) => database === name),
  );
  if (missing.length === 0) return set;
  throw new DbctlError('BACKUP_NOT_FOUND', 'the backup does not hold every database of the service', {
    where: `backup ${set.id}`,
    details: missing.map(({ name }) => `database ${name} is not in it`),
  });
}

/**
 * Roles as they were backed up. What the new server has already (its superuser, the app's role) is refused there, and no
 * matter: what lacks a role cannot be restored, and that is seen.
 */
async function makeRoles(ctx: DrillContext, toolbox: Toolbox, set: FoundSet): Promise<void> {
  const script = `if [ ! -f "$1/globals.sql" ]; then
  echo dbctl-absent
elif [ -n "$2" ] && sum=$(sha256sum <"$1/globals.sql") && [ "\${sum%% *}" != "$2" ]; then
  echo dbctl-damaged
else
  PGOPTIONS='-c log_min_error_statement=panic' psql -X -q -w -v ON_ERROR_STOP=0 -o /dev/null -f "$1/globals.sql" 2>/dev/null
fi`;
  const said = await inToolbox(ctx, toolbox, script, set.folder, set.globalsSha256 ?? '');
  const about = { where: `backup ${set.id}`, value: 'globals.sql' };
  if (/^dbctl-absent$/m.test(said)) throw new DbctlError('BACKUP_NOT_FOUND', 'the backup holds no roles', about);
  if (/^dbctl-damaged$/m.test(said))
    throw new DbctlError('ARTIFACT_CORRUPT', 'the roles in the backup are not those of its manifest', about);
}

export async function drillRestore(ctx: DrillContext, toolbox: Toolbox, set: FoundSet): Promise<void> {
  await requireFits(ctx, toolbox, set);
  await clearWay(ctx, toolbox);
  await makeRoles(ctx, toolbox, set);
  await oneByOne(ctx.plan.target.databases, ({ name }) => {
    const { folder, sizeBytes, manifestSha256 } = entryFor(set.databases, name);
    const server = socketServer(ctx.plan.target.port, name);
    const options = { step: 'drill', folder: `${set.folder}/${folder}`, manifestSha256, server };
    return restore(ctx, toolbox, { name, sizeBytes }, { ...options, ...(isSystem(name) ? {} : { asItWas: true }) });
  });
}

/** The server's own: it cannot be made anew. */
const isSystem = (database: string): boolean => database === 'postgres';

/** Databases and role that the server's first start made, empty: all of it is to come from the backup. */
async function clearWay(ctx: DrillContext, toolbox: Toolbox): Promise<void> {
  const server = serverOf(ctx, toolbox);
  const { service, target } = ctx.plan;
  const systemIdentifier = await systemIdentifierOf(ctx, server);
  const names = target.databases.map(({ name }) => name).filter((name) => !isSystem(name));
  const clear = clearWaySql({ service, run: ctx.run, systemIdentifier }, names, target.role);
  await ctx.sql.run(server, clear, { signal: ctx.signal });
}

/** Throws EVIDENCE_DIFFERS naming every difference, BACKUP_NOT_FOUND where tables or rows of the evidence did not come back. */
export const drillVerify = (ctx: DrillContext, toolbox: Toolbox): Promise<DatabaseEvidence[]> =>
  oneByOne(ctx.plan.target.databases, async ({ name: database }) => {
    const run = await finishedRun(ctx, toolbox, stepOf('drill', database));
    const read = async (name: string): Promise<Evidence> => parseEvidence(await run.read(name));
    const [source, target] = [await read('dumped.jsonl'), await read('evidence.jsonl')];
    const folder = evidenceFolder(ctx, database);
    // The app wrote while it was backed up: pg_dump reads a sequence when it comes to it, after the snapshot.
    const facts = isSystem(database) ? [] : FACTS_AS_IT_WAS;
    const options = { database, source, target, folder, facts, sequences: 'at-least' } as const;
    const equal = await requireEqual(ctx, options).catch((error: unknown) => {
      throw isDbctlError(error, 'EVIDENCE_DIFFERS') ? incomplete(options, error) : error;
    });
    return { database, ...equal };
  });

type Compared = Readonly<Record<'source' | 'target', Evidence> & Record<'database' | 'folder', string>>;

/** What is not all there is another finding than what is there and differs. */
function incomplete({ database, source, target, folder }: Compared, cause: DbctlError): DbctlError {
  const missing = missingRows(source, target);
  if (missing.length === 0) return cause;
  return new DbctlError('BACKUP_NOT_FOUND', `not all of ${database} came back`, {
    where: `${folder}/comparison.json`,
    details: [...missing, ...cause.details].slice(0, 40),
    cause,
  });
}

export interface Checked {
  readonly lines: readonly string[];
  readonly findings: readonly DrillFinding[];
}

/** Pages and indexes by amcheck, then the service's own assertions. */
export async function drillChecks(ctx: DrillContext, toolbox: Toolbox): Promise<Checked> {
  const pages = await oneByOne(ctx.plan.target.databases, ({ name }) => checkPages(ctx, toolbox, name));
  const asserted = await oneByOne(ctx.service.drill.assertions, (one) => assertOne(ctx, toolbox, one));
  const all = [...pages, ...asserted];
  return { lines: all.flatMap(({ lines }) => lines), findings: all.flatMap(({ findings }) => findings) };
}

async function checkPages(ctx: DrillContext, toolbox: Toolbox, database: string): Promise<Checked> {
  const server = serverOf(ctx, toolbox, database);
  const options = { signal: ctx.signal, timeoutMs: WHOLE_DATABASE_MS };
  const [found] = (await ctx.sql.run(server, pageCheckSql(), options)) as PageCheck[];
  if (!found?.checked) return { lines: [`${database}: pages not read: ${found?.why ?? 'no answer'}`], findings: [] };
  const { indexes, tables } = found.checked;
  const details = found.problems.map(({ name, problem }) => `${name}: ${problem}`);
  const text = `pages of database ${database} are damaged`;
  return {
    lines: [`${database}: ${indexes} indexes and ${tables} tables read page by page`],
    findings: details.length === 0 ? [] : [{ code: 'DRILL_CORRUPT', text, details, next: pagesNext(ctx.plan.service) }],
  };
}

/** The indexes were just built: what they rest on is what is wrong, and the live server has it too. */
const pagesNext = (service: string): string =>
  `look at what these indexes rest on (an operator class, a function that is not immutable, a collation), mend it in the live database: dbctl psql ${service} --admin; then dbctl backup ${service} and dbctl drill ${service}`;

const assertionNext = (service: string): string =>
  `ask the live database the same: dbctl psql ${service}; mend the data or drill.assertions, then dbctl backup ${service} and dbctl drill ${service}`;

type Assertion = DrillContext['service']['drill']['assertions'][number];

/** In the main database, read-only. The operator's SQL is his own; it runs in a server that is thrown away. */
async function assertOne(ctx: DrillContext, toolbox: Toolbox, { sql, expect }: Assertion): Promise<Checked> {
  const server = serverOf(ctx, toolbox, mainDatabase(ctx.plan.target).name);
  const saw = await answer(ctx, server, sql);
  if (saw === expect) return { lines: [`${sql}: ${expect}`], findings: [] };
  const text = `an assertion does not hold: ${sql}`;
  const details = [`expected ${expect}, saw ${saw}`];
  return { lines: [], findings: [{ code: 'DRILL_CORRUPT', text, details, next: assertionNext(ctx.plan.service) }] };
}

async function answer(
  ctx: DrillContext,
  server: Parameters<DrillContext['sql']['run']>[0],
  sql: string,
): Promise<string> {
  const query = sql.trim().replace(/;$/, '');
  const script = `\\set ON_ERROR_STOP on\nset default_transaction_read_only = on;\nselect to_json(value::text) from (${query}\n) answer (value) limit 1;\n`;
  try {
    const [value] = await ctx.sql.run(server, script, { signal: ctx.signal, timeoutMs: WHOLE_DATABASE_MS });
    return value === undefined ? 'no row' : String(value);
  } catch (error) {
    if (error instanceof DbctlError && error.code === 'SQL_FAILED') return `${error.message} (${error.value ?? ''})`;
    throw error;
  }
}
