import { type DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import { EXIT } from '../errors/exit-codes.js';
import type { DrillContext } from '../pipeline/drill/context.js';
import { rtoOf, slowFinding, staleFinding, worstFirst } from '../pipeline/drill/findings.js';
import { DRILL_PARTS, type DrillOutcome, runDrill, told } from '../pipeline/drill/index.js';
import { clearDrills } from '../pipeline/drill/job.js';
import { newJournal } from '../pipeline/journal.js';
import { asDbctlError } from '../pipeline/run.js';
import { byPriority } from '../plan/build-plan.js';
import { runId } from '../plan/names.js';
import { renderToolsJob } from '../render/index.js';
import type { DrillReport, DrillsReport } from '../report/drill-report.js';
import { redacted } from '../shared/redact.js';
import type { UseCaseDeps } from './deps.js';
import { dueDrills } from './due-drills.js';
import { keepDrill } from './keep-drill.js';
import { reported } from './move-report.js';
import { type DrillInput, type PreparedDrill, prepareDrill } from './prepare-drill.js';
import { requireService } from './prepared-run.js';
import { type OpenRun, withRun } from './run-move.js';

/** One service, or all of them one after another, by priority. Whatever goes wrong in one is in its report. */
export async function drill(deps: UseCaseDeps, service: string | undefined, input: DrillInput): Promise<DrillsReport> {
  const asked = service === undefined ? byPriority(deps.inventory.services) : [requireService(deps, service)];
  const { due, waiting } = input.due ? await dueDrills(deps, asked) : { due: asked, waiting: [] };
  const drills: DrillReport[] = [];
  for (const { name } of due) {
    if (deps.signal.aborted) break;
    drills.push(await drillOne(deps, name, input));
  }
  const status = drills.every((one) => one.status === 'ok') ? 'ok' : 'failed';
  return { schema: 'dbctl.drill/1', status, drills, waiting };
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
    return report(deps, name, { run: null, prepared: null, outcome: lost(error), notes: [] });
  }
}

/** What could not even begin: what is said of the backup by it is a finding all the same. */
const lost = (error: DbctlError): DrillOutcome => ({ parts: [], databases: [], checks: [], ...told(error) });

async function underLock(open: OpenRun, name: string, run: string, input: DrillInput): Promise<DrillReport> {
  const { deps, journal } = open;
  const notes: string[] = [];
  const left = await clearDrills(deps, name);
  if (left.length > 0) notes.push(`left by a drill that was cut, and cleared: ${left.join(', ')}`);
  const prepared = await prepareDrill(deps, requireService(deps, name), run, input);
  await journal.save({ ...newJournal(name, run, deps.clock.now()), phase: 'restoring' });
  const contextFor = (part: string): DrillContext => drillContext(open, { name, run, part }, prepared, notes);
  const title = `Drill of ${name} with ${prepared.chosen.id}`;
  deps.reporter.emit({ kind: 'run-started', title, run, steps: DRILL_PARTS });
  const outcome = await runDrill(contextFor, open.signal, deps.reporter).finally(() => clearAfter(deps, name, notes));
  deps.reporter.emit({ kind: 'run-finished', ok: outcome.findings.length === 0 && outcome.error === undefined });
  const made = report(deps, name, { run, prepared, outcome, notes });
  await keepDrill(deps, contextFor('keep'), prepared.toolbox, made);
  if (journal.current) await journal.save({ ...journal.current, phase: 'restored' });
  return made;
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
  const { plan, source, chosen, offsite, identity } = prepared;
  return {
    ...{ nomad, consul, vault, sql, files, clock, newSecret, randomBytes },
    ...{ signal, journal, run, plan, source, chosen, offsite, identity },
    service: requireService(deps, name),
    toolsJob: renderToolsJob,
    evidenceDir: `${deps.home}/migrations-plan/${name}/drills/${run}`,
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
  readonly prepared: PreparedDrill | null;
  readonly outcome: DrillOutcome;
  readonly notes: readonly string[];
}

function report(deps: UseCaseDeps, name: string, { run, prepared, outcome, notes }: Drilled): DrillReport {
  const { drill: settings } = requireService(deps, name);
  const at = deps.clock.now();
  const finished = prepared?.chosen.finished ?? null;
  const ageSeconds = finished === null ? null : Math.max(0, Math.round((at.getTime() - Date.parse(finished)) / 1000));
  const rto = rtoOf(outcome.parts);
  const findings = worstFirst([
    ...outcome.findings,
    ...staleFinding(ageSeconds, settings.maxAgeSeconds),
    ...slowFinding(rto, settings.rtoSeconds),
  ]);
  const { databases, error } = outcome;
  return redacted({
    ...{ service: name, run, at: at.toISOString(), findings, notes },
    status: error ? 'error' : findings.length > 0 ? 'failed' : 'ok',
    set: prepared && { id: prepared.chosen.id, from: prepared.offsite?.name ?? 'backup volume', ageSeconds },
    parts: outcome.parts,
    rtoSeconds: rto,
    budgetSeconds: settings.rtoSeconds,
    evidence: databases.length === 0 ? null : { match: databases.every(({ match }) => match), databases },
    checks: outcome.checks,
    ...(error ? { error: reported(error) } : {}),
  });
}
