import { DbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { oneByOne } from '../../pipeline/one-by-one.js';
import { asDbctlError } from '../../pipeline/run.js';
import { byPriority } from '../../plan/build-plan.js';
import type { ProvisionReport } from '../../report/provision-report.js';
import type { RebuildCopy, RebuildReport, RebuildRow } from '../../report/rebuild-report.js';
import type { UseCaseDeps } from '../deps.js';
import { reported } from '../move-report.js';
import type { PreparedFill } from '../prepare-fill.js';
import { requireService } from '../prepared-run.js';
import { planFilled, provision } from '../provision.js';
import { secondsSince } from '../seconds-since.js';
import { asWritten, type Written } from './as-written.js';
import { fillAgain } from './likeness.js';
import { copyOf, emptyRow, failedRow, rowOf } from './rows.js';
import { type FoundCopies, type SeekInput, seekCopies } from './seek.js';
import { emptyOnShared, type Standing, standingOf } from './standing.js';
import { stopWaiting } from './stop-waiting.js';

export interface RebuildInput extends SeekInput {
  /** `undefined`: every service of the inventory, by priority. */
  readonly service: string | undefined;
  /** Only show what would be done. */
  readonly plan: boolean;
  readonly show: (report: RebuildReport) => void;
  /** Rejects when the operator declines. Called before the first effect. */
  readonly confirm: (question: string) => Promise<void>;
}

/** A service, and what is known of it before anything is done. */
interface Seen {
  readonly service: InventoryService;
  readonly standing: Standing;
  readonly row: RebuildRow;
  readonly fill: PreparedFill | null;
}

/**
 * Makes services from their copies elsewhere alone, when the cluster that had them is lost. Nothing that lives is touched: a
 * service of which anything is to be seen is told and left. One that was cut is gone on with; one that is done is nothing to
 * do. One that fails never keeps another from being made; its error stands in its row.
 */
export async function rebuild(deps: UseCaseDeps, input: RebuildInput): Promise<RebuildReport> {
  const began = deps.clock.monotonic();
  const written = await asWritten(deps);
  const known = { ...deps, inventory: written.inventory };
  const { services } = known.inventory;
  const asked = input.service === undefined ? byPriority(services) : [requireService(known, input.service)];
  const seen = await look(known, asked, written, input);
  const lookSeconds = secondsSince(deps, began);
  const report = (
    rows: readonly RebuildRow[],
    reports: readonly ProvisionReport[],
    planned = false,
  ): RebuildReport => ({
    schema: 'dbctl.rebuild/1',
    status: rows.some(isBad) ? 'failed' : planned ? 'planned' : 'ok',
    ...{ seconds: secondsSince(deps, began), lookSeconds, rows, reports },
  });
  const before = seen.map(({ row }) => row);
  const work = seen.filter(({ row }) => row.status === 'ready');
  if (input.plan || work.length === 0) return report(before, [], input.plan && work.length > 0);
  input.show(report(before, [], true));
  await input.confirm(question(work.map(({ row }) => row)));
  const done = await oneByOne(seen, (one) => remake(known, one, input));
  return report(
    done.map(({ row }) => row),
    done.flatMap((one) => one.report ?? []),
  );
}

const isBad = ({ status, error }: RebuildRow): boolean =>
  error !== undefined || status === 'failed' || status === 'blocked' || status === 'undone';

async function look(
  deps: UseCaseDeps,
  asked: readonly InventoryService[],
  written: Written,
  input: RebuildInput,
): Promise<Seen[]> {
  const standings = await oneByOne(asked, async (service) => ({ service, standing: await standingOf(deps, service) }));
  const gone = standings.filter(({ standing }) => standing.kind === 'gone').map(({ service }) => service);
  const found = await seekCopies(deps, gone, written, input);
  return await oneByOne(standings, async (one) => {
    const { row, fill } = await rowFor(deps, one, { found: found.get(one.service.name), written, input });
    return { ...one, row, fill };
  });
}

interface Looked {
  readonly found: FoundCopies | DbctlError | undefined;
  readonly written: Written;
  readonly input: RebuildInput;
}

async function rowFor(
  deps: UseCaseDeps,
  { service, standing }: Pick<Seen, 'service' | 'standing'>,
  { found, written, input }: Looked,
): Promise<Pick<Seen, 'row' | 'fill'>> {
  const { name } = service;
  if (standing.kind === 'ours') return { row: emptyRow(name, 'ready'), fill: null };
  if (standing.kind === 'there') return { row: thereRow(name, standing, input), fill: null };
  if (found === undefined || found instanceof DbctlError) {
    const error = found ?? new DbctlError('INTERNAL', 'nobody looked for its copies', { where: name });
    return { row: failedRow(name, error), fill: null };
  }
  const copy = copyOf(found, deps.clock.now());
  try {
    const names = found.facts.flatMap(({ databases }) => databases.map((database) => database.name));
    const provider = written.parts.get(name)?.provider ?? null;
    const fill = fillAgain(service, found, { provider, empty: await emptyOnShared(deps, name, names) });
    const plan = await planFilled(deps, requestFor(name), fill, standing.dataVolume);
    if (plan.status !== 'blocked') return { row: { ...emptyRow(name, 'ready'), copy }, fill };
    const why = plan.findings.filter(({ level }) => level === 'blocked');
    return { row: { ...emptyRow(name, 'blocked'), copy, error: reported(blockedError(name, why)) }, fill: null };
  } catch (cause) {
    return { row: failedRow(name, asDbctlError(cause, deps.signal, `rebuild of ${name}`), copy), fill: null };
  }
}

/** Asked for by name it is a refusal; among all of them it is one that lives. */
const thereRow = (name: string, { why, next }: { why: string; next: string }, input: RebuildInput): RebuildRow => ({
  ...emptyRow(name, 'there'),
  why,
  ...(input.service === undefined
    ? {}
    : {
        error: reported(
          new DbctlError('DATABASE_NOT_EMPTY', 'something of the service lives; nothing is rebuilt over it', {
            where: `service ${name}`,
            value: why,
            next,
          }),
        ),
      }),
});

const blockedError = (service: string, why: ProvisionReport['findings']): DbctlError =>
  new DbctlError('PREFLIGHT_FAILED', 'the service cannot be rebuilt as things are', {
    where: `service ${service}`,
    details: why.map(({ code, text, next }) => `${code}: ${text}${next ? ` (${next})` : ''}`),
    next: `dbctl rebuild ${service} --plan`,
  });

const requestFor = (service: string) => ({
  ...{ service, app: null, image: null, jobspec: null, databases: [], role: null, priority: null, extensions: [] },
  ...{ shared: false, restartShared: false },
});

async function remake(
  deps: UseCaseDeps,
  { service: { name }, standing, row, fill }: Seen,
  input: RebuildInput,
): Promise<{ readonly row: RebuildRow; readonly report?: ProvisionReport }> {
  const copy: RebuildCopy | null = row.copy;
  if (row.status !== 'ready') return { row };
  try {
    deps.signal.throwIfAborted();
    if (fill !== null) await stopWaiting(deps, name);
    const resume = standing.kind === 'ours' && !standing.done;
    const { offsite, identity } = input;
    const report = await provision(deps, {
      request: requestFor(name),
      fill: { from: name, id: null, at: null, offsite, identity },
      ...(fill === null ? {} : { found: fill }),
      ...{ resume, undo: false, show: () => undefined, confirm: async () => undefined },
    });
    return { row: rowOf(report, copy), report };
  } catch (cause) {
    return { row: failedRow(name, asDbctlError(cause, deps.signal, `rebuild of ${name}`), copy) };
  }
}

function question(rows: readonly RebuildRow[]): string {
  const names = rows.map(({ service }) => service).join(', ');
  const oldest = rows.flatMap(({ copy }) => copy?.started ?? []).sort()[0];
  const since = oldest === undefined ? '' : ` What was written after ${oldest} is not in the oldest of these copies.`;
  return `Make ${names} from ${rows.length === 1 ? 'its copy' : 'their copies'} elsewhere.${since}`;
}
