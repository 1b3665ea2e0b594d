import { readCatalog } from '../dataplane/read-catalog.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { isUncertain } from '../pipeline/after-failure.js';
import { entryOf, hasOwnDatabase, isUnfinished, type Journal, newJournal, verbOf } from '../pipeline/journal.js';
import { toolboxOf } from '../pipeline/live.js';
import { restoreOf } from '../pipeline/nested-journal.js';
import { type Chosen, chooseSet } from '../pipeline/restore/choose.js';
import type { RestoreContext, RestoreRequest } from '../pipeline/restore/context.js';
import type { Kept } from '../pipeline/restore/facts.js';
import { restoreSteps, UNRESTORE_STEPS } from '../pipeline/restore/index.js';
import { dropKept } from '../pipeline/restore/tidy-step.js';
import type { PipelineResult } from '../pipeline/run.js';
import { runId } from '../plan/names.js';
import type { RestoreReport } from '../report/restore-report.js';
import type { Secret } from '../shared/secret.js';
import { ageIdentity } from './age-identity.js';
import type { UseCaseDeps } from './deps.js';
import { agoText } from './loss-text.js';
import { offsitePlace } from './offsite-place.js';
import { requireService } from './prepared-run.js';
import { loadEvidence, saveRestoreReport } from './restore-files.js';
import { restoreReport } from './restore-report.js';
import { type OpenRestore, openRestore, requestOf, restoreRun } from './restore-run.js';
import { type MoveRun, runPipeline, undoPipeline, withRun } from './run-move.js';

export interface RestoreInput {
  readonly service: string;
  /** Id of a set; `null`: the newest, or the newest by `at`. */
  readonly from: string | null;
  readonly at: string | null;
  readonly offsite: string | null;
  readonly identity: Secret | null;
  /** Back up what is live first. */
  readonly safety: boolean;
  readonly resume: boolean;
  /** Of a finished restore: put back what was live before. Of one that was cut before the exchange: take it back. */
  readonly undo: boolean;
  /** Drop what was live before. */
  readonly done: boolean;
  readonly confirm: (question: string) => Promise<void>;
}

/** Puts a backup in the place of a service's live databases, or takes that back. Failures are in the report. */
export function restore(deps: UseCaseDeps, input: RestoreInput): Promise<RestoreReport> {
  const service = requireService(deps, input.service);
  const offsite = input.offsite === null ? null : offsitePlace(service, input.offsite);
  return withRun(deps, input.service, async (run) => {
    const journal = requireOwn(run.journal.current, input.service);
    const open = await openRestore(run, journal);
    const last = restoreOf(journal);
    if (last && isUnfinished(last.phase))
      return await goOn(open, await withIdentity(deps, input, wasOffsite(last)), last);
    if (input.done) return await done(open, input, last);
    if (input.undo) return await undoFinished(open, input, last);
    if (input.resume)
      throw new DbctlError('RUN_NOT_FOUND', 'there is no restore to go on with', { where: `service ${input.service}` });
    return await begin(open, await withIdentity(deps, input, offsite !== null), offsite, last);
  });
}

const wasOffsite = ({ facts }: Journal): boolean =>
  ((facts['request'] ?? null) as RestoreRequest | null)?.offsite != null;

/** For an off-site copy the key is looked up before anything is done. */
const withIdentity = async (deps: UseCaseDeps, input: RestoreInput, offsite: boolean): Promise<RestoreInput> =>
  offsite
    ? { ...input, identity: await ageIdentity(deps, requireService(deps, input.service), input.identity) }
    : input;

/** Throws RUN_NOT_FOUND, RUN_UNFINISHED. */
function requireOwn(journal: Journal | undefined, service: string): Journal {
  if (journal && hasOwnDatabase(journal.phase)) return journal;
  if (journal && isUnfinished(journal.phase))
    throw new DbctlError('RUN_UNFINISHED', `run ${journal.run} of this service is ${journal.phase}`, {
      where: `service ${service}`,
      next: `dbctl ${verbOf(journal.phase)} ${service} --resume`,
    });
  throw new DbctlError('RUN_NOT_FOUND', 'the service has no database of its own to restore into', {
    where: `service ${service}`,
    value: journal?.phase ?? 'no journal',
    next: `dbctl plan ${service}`,
  });
}

async function begin(
  open: OpenRestore,
  input: RestoreInput,
  offsite: RestoreRequest['offsite'],
  last: Journal | undefined,
): Promise<RestoreReport> {
  const { deps, service } = open;
  requireExchangeable(open);
  const chosen = await choose(open, input);
  await input.confirm(question(service, chosen, input, deps.clock.now()));
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  const request = { chosen, offsite, safety: input.safety } satisfies RestoreRequest;
  const facts = JSON.parse(JSON.stringify({ request, older: olderKept(last) })) as Journal['facts'];
  await open.journal.save({ ...newJournal(service, run, deps.clock.now()), phase: 'restoring', facts });
  return await drive(open, input.identity);
}

/** The marker lies in the server's own database, and it cannot be renamed from inside. */
function requireExchangeable({ target, service }: OpenRestore): void {
  if (!target.databases.some(({ name }) => name === 'postgres')) return;
  throw new DbctlError('PREFLIGHT_FAILED', "the server's own database postgres cannot be exchanged", {
    where: `service ${service}`,
    next: 'follow RESTORE.md of the backup by hand',
  });
}

async function choose({ deps, signal, service, target }: OpenRestore, input: RestoreInput): Promise<Chosen> {
  const ctx = { nomad: deps.nomad, signal, plan: { service, target } };
  const catalog = await readCatalog(deps.nomad, (await toolboxOf(ctx)).allocId);
  return chooseSet(service, catalog, { id: input.from, at: input.at, offsite: input.offsite });
}

/** What earlier restores left, to be dropped when this one has ended well. */
function olderKept(last: Journal | undefined): Kept | null {
  const of = (key: string): Kept | null => (last?.facts[key] ?? null) as Kept | null;
  const [kept, older] = [of('kept'), of('older')];
  const first = kept ?? older;
  if (!first) return null;
  return {
    systemIdentifier: first.systemIdentifier,
    databases: [...(kept?.databases ?? []), ...(older?.databases ?? [])],
  };
}

export function question(
  service: string,
  { id, started }: Chosen,
  { offsite, safety }: Pick<RestoreInput, 'offsite' | 'safety'>,
  now: Date,
): string {
  const from = offsite === null ? '' : ` from ${offsite}`;
  const since = started === null ? 'since it was taken' : `since ${started} (${agoText(started, now)})`;
  const first = safety ? 'It is backed up first' : 'It is NOT backed up first (--without-safety)';
  return `Put backup ${id}${from} in the place of what is live of ${service}. What was written ${since} is not in it. ${first}, and what is live now is kept, closed, until dbctl restore ${service} --done. The app's connections are ended once.`;
}

async function goOn(open: OpenRestore, input: RestoreInput, last: Journal): Promise<RestoreReport> {
  const { service, run, phase, steps } = last;
  const swapped = entryOf(last, 'swap')?.state === 'done';
  if (input.undo && phase === 'restoring' && swapped) return await undoSwapped(open, input);
  if (phase === 'unrestoring' && (input.resume || input.undo)) return await driveBack(open, input.identity);
  if (input.undo || (phase === 'undoing' && input.resume))
    return await takeBack(open, restoreRun(open, input.identity), NOTHING);
  if (input.resume) return await drive(open, input.identity);
  throw new DbctlError('RUN_UNFINISHED', `restore ${run} was interrupted (${phase})`, {
    where: `service ${service}`,
    details: steps.map((step) => `${step.id}: ${step.state}`),
    next: `dbctl restore ${service} --resume (go on) or --undo (take it back)`,
  });
}

const NOTHING: PipelineResult & { readonly error?: DbctlError } = { results: [] };

async function drive(open: OpenRestore, identity: Secret | null): Promise<RestoreReport> {
  const move = restoreRun(open, identity);
  const { service } = open;
  const title = `Restore ${service} from ${requestOf(open.journal).chosen.id}`;
  const steps = restoreSteps(move.contextFor(''));
  const result = await runPipeline(open, move, { title, steps, during: 'restoring', after: 'restored' });
  if (result.failed) return await failed(open, move, result, result.failed.error);
  const evidence = await loadEvidence(
    move.contextFor(''),
    open.target.databases.map(({ name }) => name),
  );
  const base = { action: 'restore', service, journal: open.journal, steps: result.results, notes: move.notes } as const;
  return await saveRestoreReport(move.contextFor(''), restoreReport({ ...base, status: 'ok', evidence }));
}

/** Until the exchange what is live was never touched; after it the restore stands, and only its tail is left. */
async function failed(
  open: OpenRestore,
  move: MoveRun<RestoreContext>,
  result: PipelineResult,
  error: DbctlError,
): Promise<RestoreReport> {
  const { service, journal } = open;
  const swapped = journal.current !== undefined && entryOf(journal.current, 'swap')?.state === 'done';
  if (!isUncertain(error.code) && !swapped) return await takeBack(open, move, { ...result, error });
  const notes = [...move.notes, `the state is kept: dbctl restore ${service} --resume, or --undo`];
  return restoreReport({ action: 'restore', service, status: 'failed', journal, steps: result.results, notes, error });
}

async function takeBack(
  open: OpenRestore,
  move: MoveRun<RestoreContext>,
  before: PipelineResult & { readonly error?: DbctlError },
): Promise<RestoreReport> {
  const steps = restoreSteps(move.contextFor(''));
  const undone = await undoPipeline(open, move, { steps, during: 'undoing', after: 'undone' });
  const report = restoreReport({
    ...{ action: 'restore', service: open.service, journal: open.journal },
    status: undone.error ? 'failed' : 'undone',
    steps: [...before.results, ...undone.results],
    notes: [...move.notes, 'what was live is live as before'].slice(0, undone.error ? move.notes.length : undefined),
    error: undone.error ?? before.error,
  });
  return await saveRestoreReport(move.contextFor(''), report);
}

async function undoFinished(open: OpenRestore, input: RestoreInput, last: Journal | undefined): Promise<RestoreReport> {
  if (last?.phase === 'restored' && last.facts['kept']) return await undoSwapped(open, input);
  throw new DbctlError('RUN_NOT_FOUND', 'there is nothing to go back to: no restore keeps what was live before', {
    where: `service ${input.service}`,
    value: last?.phase ?? 'never restored',
    next: `dbctl backups ${input.service}`,
  });
}

async function undoSwapped(open: OpenRestore, input: RestoreInput): Promise<RestoreReport> {
  const { service, journal, deps } = open;
  const at = journal.fact<string>('swapped.at') ?? '';
  const loses = `what was written since ${at} (${agoText(at, deps.clock.now())}) leaves the app; it is kept, closed, until --done`;
  await input.confirm(`Put back what was live of ${service} before the restore: ${loses}.`);
  return await driveBack(open, input.identity);
}

async function driveBack(open: OpenRestore, identity: Secret | null): Promise<RestoreReport> {
  const move = restoreRun(open, identity);
  const { service, journal } = open;
  const title = `Undo the restore of ${service}`;
  const result = await runPipeline(open, move, {
    ...{ title, steps: UNRESTORE_STEPS },
    during: 'unrestoring',
    after: 'unrestored',
  });
  const base = { action: 'undo', service, journal, steps: result.results, notes: move.notes } as const;
  if (!result.failed) return await saveRestoreReport(move.contextFor(''), restoreReport({ ...base, status: 'ok' }));
  return restoreReport({ ...base, status: 'failed', error: result.failed.error });
}

/** Repeating it is nothing to do. */
async function done(open: OpenRestore, input: RestoreInput, last: Journal | undefined): Promise<RestoreReport> {
  const { service, journal } = open;
  const kept = olderKept(last);
  const base = { action: 'done', service, journal } as const;
  if (!last || !kept) return restoreReport({ ...base, status: 'nothing-to-do' });
  const names = kept.databases.map(({ name }) => name).join(', ');
  await input.confirm(`Drop what was kept of ${service} beside its live database, which cannot be undone: ${names}.`);
  const dropped = await dropKept(restoreRun(open, null).contextFor(''), kept);
  await journal.record('kept', null);
  await journal.record('older', null);
  return restoreReport({ ...base, status: 'ok', notes: dropped.map((name) => `database ${name} is dropped`) });
}
