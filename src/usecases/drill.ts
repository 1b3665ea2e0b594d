import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import { EXIT } from '../errors/exit-codes.js';
import type { DrillContext } from '../pipeline/drill/context.js';
import { rtoOf, slowFinding, staleFinding, worstFirst } from '../pipeline/drill/findings.js';
import { DRILL_PARTS, type DrillOutcome, runDrill, told } from '../pipeline/drill/index.js';
import { clearDrills } from '../pipeline/drill/job.js';
import { newJournal } from '../pipeline/journal.js';
import type { Toolbox } from '../pipeline/live.js';
import { startedOf } from '../pipeline/restore/choose.js';
import { asDbctlError } from '../pipeline/run.js';
import { byPriority } from '../plan/build-plan.js';
import { runId } from '../plan/names.js';
import { renderToolsJob } from '../render/index.js';
import type { DrillReport, DrillsReport } from '../report/drill-report.js';
import { redacted } from '../shared/redact.js';
import type { UseCaseDeps } from './deps.js';
import { type DueDrills, dueDrills, withBackups } from './due-drills.js';
import { drillSource } from './find-drill-source.js';
import { releaseLast, whileHeld } from './hold-drilled.js';
import { keepDrill } from './keep-drill.js';
import { reported } from './move-report.js';
import { type DrillInput, type PreparedDrill, prepareDrill } from './prepare-drill.js';
import { requireService } from './prepared-run.js';
import { type OpenRun, withRun } from './run-move.js';

/** One service, or all of them one after another, by priority. Whatever goes wrong in one is in its report. */
export async function drill(deps: UseCaseDeps, service: string | undefined, input: DrillInput): Promise<DrillsReport> {
  const { due, waiting } = await whose(deps, service, input);
  const drills: DrillReport[] = [];
  for (const { name } of due) {
    if (deps.signal.aborted) break;
    drills.push(await drillOne(deps, name, input));
  }
  const status = drills.every((one) => one.status === 'ok') ? 'ok' : 'failed';
  return { schema: 'dbctl.drill/1', status, drills, waiting };
}

/** A service that is named is drilled or says why it cannot be; of all those only that can be. */
async function whose(deps: UseCaseDeps, service: string | undefined, { due }: DrillInput): Promise<DueDrills> {
  const asked = service === undefined ? byPriority(deps.inventory.services) : [requireService(deps, service)];
  if (due) return await dueDrills(deps, asked);
  return service === undefined ? await withBackups(deps, asked) : { due: asked, waiting: [] };
}

/** A lock and a journal of its own: a drill is no reason to keep anybody from the service. */
const drillKey = (service: string): string => `${service}~drill`;

async function drillOne(deps: UseCaseDeps, name: string, input: DrillInput): Promise<DrillReport> {
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  requireService(deps, name);
  try {
    return await withRun(deps, drillKey(name), (open) => underLock(open, name, run, input));
  } catch (cause) {
    const error = asDbctlError(cause, deps.signal, `drill of ${name}`);
    if (error.exitCode === EXIT.usage) throw error;
    return report(deps, name, {
      run: null,
      at: deps.clock.now(),
      prepared: null,
      outcome: lost(name, error),
      notes: [],
    });
  }
}

/** What could not even begin: what is said of the backup by it is a finding all the same. */
const lost = (service: string, error: DbctlError): DrillOutcome => ({
  ...{ parts: [], databases: [], checks: [] },
  ...told(service, error),
});

async function underLock(open: OpenRun, name: string, run: string, input: DrillInput): Promise<DrillReport> {
  const { deps, journal } = open;
  const notes: string[] = [];
  const note = (text: string): void => void notes.push(text);
  const left = await clearDrills(deps, name);
  if (left.length > 0) notes.push(`left by a drill that was cut, and cleared: ${left.join(', ')}`);
  const source = await drillSource(deps, requireService(deps, name));
  // A copy does not get older by the time that a drill takes.
  const drilled = { run, at: deps.clock.now(), notes };
  await releaseLast(open, source.toolbox);
  await journal.save({ ...newJournal(name, run, drilled.at), phase: 'restoring' });
  const prepared = await prepareDrill(deps, source, { run, note }, input).catch((cause: unknown) =>
    asDbctlError(cause, open.signal, `drill of ${name}`),
  );
  if (prepared instanceof DbctlError && prepared.exitCode === EXIT.usage) throw prepared;
  const made =
    prepared instanceof DbctlError
      ? report(deps, name, { ...drilled, prepared: null, outcome: lost(name, prepared) })
      : report(deps, name, {
          ...drilled,
          prepared,
          outcome: await carriedOut(open, { name, run, toolbox: source.toolbox }, prepared, notes),
        });
  const evidenceDir = evidenceDirOf(deps, name, run);
  await keepDrill(deps, { run, evidenceDir, note }, source, made);
  if (journal.current) await journal.save({ ...journal.current, phase: 'restored' });
  return { ...made, notes: redacted([...notes]) };
}

const evidenceDirOf = ({ home }: UseCaseDeps, name: string, run: string): string =>
  `${home}/migrations-plan/${name}/drills/${run}`;

/** With a throwaway job that is gone afterwards. Never throws. */
async function carriedOut(
  open: OpenRun,
  of: { readonly name: string; readonly run: string; readonly toolbox: Toolbox },
  prepared: PreparedDrill,
  notes: string[],
): Promise<DrillOutcome> {
  const { deps } = open;
  const { name, run } = of;
  const contextFor = (part: string): DrillContext => drillContext(open, { name, run, part }, prepared, notes);
  const title = `Drill of ${name} with ${prepared.chosen.id}`;
  deps.reporter.emit({ kind: 'run-started', title, run, steps: DRILL_PARTS });
  const reader = { run, toolbox: of.toolbox, note: (text: string) => void notes.push(text) };
  const outcome = await whileHeld(open, reader, prepared, () => runDrill(name, contextFor, open.signal, deps.reporter));
  await clearAfter(deps, name, notes);
  deps.reporter.emit({ kind: 'run-finished', ok: outcome.findings.length === 0 && outcome.error === undefined });
  return outcome;
}

/** What could not be taken away is told, and taken away by the next drill. */
const clearAfter = (deps: UseCaseDeps, name: string, notes: string[]): Promise<unknown> =>
  clearDrills(deps, name).catch((error: unknown) => {
    const why = isDbctlError(error) ? error.message : String(error);
    notes.push(`not everything could be taken away (${why}); the next drill does it: dbctl drill ${name}`);
  });

function drillContext(
  { deps, journal, signal }: OpenRun,
  { name, run, part }: { readonly name: string; readonly run: string; readonly part: string },
  prepared: PreparedDrill,
  notes: string[],
): DrillContext {
  const { nomad, consul, vault, sql, files, clock, newSecret, randomBytes, reporter } = deps;
  const { service, plan, source, chosen, more, offsite, identity } = prepared;
  return {
    ...{ nomad, consul, vault, sql, files, clock, newSecret, randomBytes },
    ...{ signal, journal, run, service, plan, source, chosen, more, offsite, identity },
    toolsJob: renderToolsJob,
    evidenceDir: evidenceDirOf(deps, name, run),
    resume: `dbctl drill ${name}`,
    progress: (text, done, total) =>
      reporter.emit({
        ...{ kind: 'step-progress', id: part, text },
        ...(done === undefined ? {} : { done }),
        ...(total === undefined ? {} : { total }),
      }),
    note: (text) => void notes.push(text),
  };
}

interface Drilled {
  readonly run: string | null;
  /** When it began. */
  readonly at: Date;
  readonly prepared: PreparedDrill | null;
  readonly outcome: DrillOutcome;
  readonly notes: readonly string[];
}

function report(deps: UseCaseDeps, name: string, { run, at, prepared, outcome, notes }: Drilled): DrillReport {
  const { drill: settings } = requireService(deps, name);
  const age = prepared && ageOf(prepared, at);
  const rto = rtoOf(outcome.parts);
  const findings = worstFirst([
    ...outcome.findings,
    // Whoever names a backup knows that there are newer ones.
    ...(prepared?.named ? [] : staleFinding(name, age, settings.maxAgeSeconds)),
    ...slowFinding(name, outcome.parts, settings.rtoSeconds),
  ]);
  const { databases, error } = outcome;
  return redacted({
    ...{ service: name, run, at: at.toISOString(), findings, notes },
    status: error ? 'error' : findings.length > 0 ? 'failed' : 'ok',
    set: prepared && { id: prepared.chosen.id, from: prepared.offsite?.name ?? 'backup volume', ageSeconds: age },
    parts: outcome.parts,
    rtoSeconds: rto,
    budgetSeconds: settings.rtoSeconds,
    evidence: databases.length === 0 ? null : { match: databases.every(({ match }) => match), databases },
    checks: outcome.checks,
    ...(error ? { error: reported(error) } : {}),
  });
}

/** Of what a restore gives back: what was committed when the backup began. Never below zero: a clock may have jumped. */
function ageOf({ chosen }: PreparedDrill, at: Date): number | null {
  const started = startedOf(chosen);
  return started === null ? null : Math.max(0, Math.round((at.getTime() - Date.parse(started)) / 1000));
}
