import { DbctlError } from '../errors/dbctl-error.js';
import { addService } from '../inventory/add-service.js';
import { parseInventory } from '../inventory/parse.js';
import { isUncertain } from '../pipeline/after-failure.js';
import { entryOf, type Journal, newJournal, verbOf } from '../pipeline/journal.js';
import type { ProvisionContext } from '../pipeline/provision/context.js';
import { FILL_STEPS, PROVISION_STEPS, SHARED_STEPS } from '../pipeline/provision/index.js';
import type { PipelineResult } from '../pipeline/run.js';
import type { Step } from '../pipeline/step.js';
import { requireVaultLogin } from '../pipeline/vault-login.js';
import { vaultPassword } from '../pipeline/vault-password.js';
import { plannedPort } from '../plan/build-plan.js';
import type { ProvisionPlan, ProvisionRequest } from '../plan/provision/types.js';
import type { ProvisionReport } from '../report/provision-report.js';
import type { EvidenceReport } from '../report/report.js';
import type { Secret } from '../shared/secret.js';
import { ageIdentity } from './age-identity.js';
import type { UseCaseDeps } from './deps.js';
import { PORTS_FACT, requireOwnPorts } from './port-claims.js';
import { type FillInput, type PreparedFill, prepareFill } from './prepare-fill.js';
import { type Enrolled, enrol, newRun, type PreparedProvision, prepareProvision } from './prepare-provision.js';
import { provisionReport } from './provision-report.js';
import { provisionRun } from './provision-run.js';
import { isRebuild, provisionQuestion, provisionTitle } from './provision-words.js';
import { loadEvidence } from './restore-files.js';
import { type MoveRun, type OpenRun, runPipeline, undoPipeline, withRun } from './run-move.js';
import { moved, textsFor, textsOf } from './run-texts.js';

export interface ProvisionInput {
  readonly request: ProvisionRequest;
  /** The backup that fills the new database; `null`: it stays empty. */
  readonly fill: FillInput | null;
  /** That backup, where no catalog of this cluster knows it. */
  readonly found?: PreparedFill;
  readonly resume: boolean;
  /** Take back what an interrupted run made. */
  readonly undo: boolean;
  readonly show: (report: ProvisionReport) => void;
  /** Rejects when the operator declines. Called before the first effect. */
  readonly confirm: (question: string) => Promise<void>;
}

/** Shows what would be done; changes nothing and takes no lock. */
export async function planProvision(
  deps: UseCaseDeps,
  request: ProvisionRequest,
  fill: FillInput | null,
): Promise<ProvisionReport> {
  return await planFilled(deps, request, fill && (await prepareFill(deps, fill)));
}

/** The same with a backup that was found before. */
export async function planFilled(
  deps: UseCaseDeps,
  request: ProvisionRequest,
  filled: PreparedFill | null,
  dataVolume: string | null = null,
): Promise<ProvisionReport> {
  const { plan } = await prepareProvision(await enrol(deps, request), request, dataVolume, filled?.like ?? null);
  return provisionReport({ plan, run: null, status: plan.state === 'blocked' ? 'blocked' : 'planned' });
}

/** Gives a service a database from nothing. Repeating a finished one reports nothing to do. Failures are in the report. */
export async function provision(deps: UseCaseDeps, input: ProvisionInput): Promise<ProvisionReport> {
  const { service } = input.request;
  const known = deps.inventory.services.some(({ name }) => name === service);
  // A run that was cut knows its own flags.
  const enrolled = input.resume || input.undo ? undefined : await enrol(deps, input.request);
  if (!known && !enrolled && !/^[a-z0-9][a-z0-9_-]*$/.test(service))
    throw new DbctlError('NAME_UNSAFE', 'this is no name of a service', { value: service });
  return withRun(deps, service, async (open) => {
    const journal = open.journal.current;
    if (journal?.phase === 'provisioning' || journal?.phase === 'unprovisioning')
      return await goOn(open, input, journal);
    if (journal && DONE.has(journal.phase)) {
      const made = await load(open, service, journal.run);
      requireSameFill(service, made, input.fill);
      return await nothingToDo(open, made);
    }
    if (!enrolled)
      throw new DbctlError('RUN_NOT_FOUND', 'no interrupted provision of this service is known', {
        where: `service ${service}`,
        value: journal?.phase ?? 'no journal',
      });
    requireFree(journal);
    return await begin(open, input, enrolled, journal);
  });
}

const DONE: ReadonlySet<Journal['phase']> = new Set(['provisioned', 'on-shared']);

/** What is there must not pass for what was asked for. */
function requireSameFill(service: string, made: PreparedProvision | undefined, asked: FillInput | null): void {
  if (asked === null || !made) return;
  const { fill } = made;
  if (fill?.from === asked.from && (asked.id === null || asked.id === fill.chosen.id)) return;
  throw new DbctlError('DATABASE_NOT_EMPTY', 'the service has a database of its own already', {
    where: `service ${service}`,
    value: fill ? `from backup ${fill.chosen.id} of ${fill.from}` : 'made new',
    next: `another name for the new service; or dbctl restore ${service}, to put a backup of its own in its place`,
  });
}

/** Another command's run, or a database that a move made, is not provisioned over. */
function requireFree(journal: Journal | undefined): void {
  if (!journal || journal.phase === 'undone' || journal.phase === 'rolled-back') return;
  const { phase, service, run } = journal;
  throw new DbctlError('RUN_UNFINISHED', `run ${run} of this service is ${phase}`, {
    where: `service ${service}`,
    next:
      phase === 'migrated' || phase === 'finalized'
        ? 'it has a database of its own'
        : `dbctl ${verbOf(phase)} ${service} --resume`,
  });
}

/** The password is looked at even so: a database whose secret is gone is not "nothing to do". */
async function nothingToDo(open: OpenRun, prepared: PreparedProvision | undefined): Promise<ProvisionReport> {
  if (prepared) {
    const ctx = provisionRun(await withService(open, prepared), prepared).contextFor('');
    await (prepared.plan.kind === 'shared' ? vaultPassword(ctx) : requireVaultLogin(ctx));
    return provisionReport({
      plan: prepared.plan,
      run: prepared.run,
      status: 'nothing-to-do',
      journal: open.journal,
      notes: ['already provisioned'],
    });
  }
  throw new DbctlError('RUN_NOT_FOUND', 'the service is provisioned already, by a run from another machine', {
    next: 'nothing to do',
  });
}

async function begin(
  open: OpenRun,
  input: ProvisionInput,
  enrolled: Enrolled,
  previous: Journal | undefined,
): Promise<ProvisionReport> {
  const { deps } = open;
  const dataVolume = open.journal.fact<string>('dataVolume') ?? null;
  const filled = input.found ?? (input.fill && (await prepareFill(deps, input.fill)));
  const { plan, artifacts } = await prepareProvision(enrolled, input.request, dataVolume, filled?.like ?? null);
  const shown = provisionReport({ plan, run: null, status: plan.state === 'blocked' ? 'blocked' : 'planned' });
  if (artifacts === null) throw blocked(plan);
  input.show(shown);
  await input.confirm(provisionQuestion(plan, enrolled.near));
  const run = newRun(deps);
  const prepared = { run, home: deps.home, plan, artifacts, ...(filled ? { fill: filled.fill } : {}) };
  await deps.files.write(pathOf(deps, run), `${JSON.stringify(prepared, null, 2)}\n`, 0o600);
  const fresh = newJournal(plan.service, run, deps.clock.now());
  const kept = Object.entries(previous?.facts ?? {}).filter(([key]) => key === 'dataVolume' || key === 'leftovers');
  const ports = plan.kind === 'shared' ? [] : plannedPort(plan);
  const facts = { ...Object.fromEntries(kept), [PORTS_FACT]: ports.map((use) => ({ ...use })) };
  await open.journal.save({ ...fresh, phase: 'provisioning', facts }, textsFor(prepared));
  await requireOwnPorts(open, ports);
  return await drive(open, prepared, await keyFor(open, prepared, input));
}

const blocked = (plan: ProvisionPlan): DbctlError =>
  new DbctlError('PREFLIGHT_FAILED', 'a new database is not safe as things are', {
    where: `service ${plan.service}`,
    details: plan.findings
      .filter(({ level }) => level === 'blocked')
      .map(({ code, text, next }) => `${code}: ${text}${next ? ` (${next})` : ''}`),
    next: `dbctl ${isRebuild(plan) ? 'rebuild' : 'provision'} ${plan.service} --plan`,
  });

async function goOn(open: OpenRun, input: ProvisionInput, journal: Journal): Promise<ProvisionReport> {
  const { service, run, phase } = journal;
  if (!input.resume && !input.undo)
    throw new DbctlError('RUN_UNFINISHED', `run ${run} was interrupted (${phase})`, {
      where: `service ${service}`,
      details: journal.steps.map((step) => `${step.id}: ${step.state}`),
      next: `dbctl provision ${service} --resume (go on) or --undo (take it back)`,
    });
  const prepared = await load(open, service, run);
  if (!prepared)
    throw new DbctlError('RUN_NOT_FOUND', 'the texts of this run are neither in Nomad nor on this machine', {
      where: pathOf(open.deps, run),
      value: run,
      next: 'copy that file from the machine that began the run',
    });
  if (input.undo || phase === 'unprovisioning') return await undo(open, prepared, { results: [] });
  return await drive(open, prepared, await keyFor(open, prepared, input));
}

/** Asked for anew by each life of a run: it is never kept. */
async function keyFor({ deps }: OpenRun, { fill }: PreparedProvision, input: ProvisionInput): Promise<Secret | null> {
  const source = deps.inventory.services.find(({ name }) => name === fill?.from);
  const given = input.fill?.identity ?? null;
  return fill?.offsite && source ? await ageIdentity(deps, source, given) : given;
}

const pathOf = (deps: UseCaseDeps, run: string): string => `${deps.store.stateDir}/runs/${run}/provision.json`;

async function load({ deps, journal }: OpenRun, service: string, run: string): Promise<PreparedProvision | undefined> {
  const beside = textsOf<PreparedProvision>(journal.texts, run);
  const text = beside ? undefined : await deps.files.read(pathOf(deps, run));
  const prepared = text === undefined ? beside : (JSON.parse(text) as PreparedProvision);
  return prepared?.plan.service === service ? here(deps, prepared) : undefined;
}

/** The operator's files are where dbctl.yaml is on this machine. */
function here({ home }: UseCaseDeps, prepared: PreparedProvision): PreparedProvision {
  const { path, inventory, ...texts } = prepared.artifacts;
  const to = { from: prepared.home, to: home };
  const there = inventory && { ...inventory, path: moved(inventory.path, to) };
  return { ...prepared, home, artifacts: { ...texts, path: moved(path, to), inventory: there } };
}

const stepsOf = ({ plan }: PreparedProvision): readonly Step<ProvisionContext>[] =>
  plan.kind === 'shared' ? SHARED_STEPS : plan.fill ? FILL_STEPS : PROVISION_STEPS;

async function drive(open: OpenRun, prepared: PreparedProvision, identity: Secret | null): Promise<ProvisionReport> {
  const { plan, run } = prepared;
  const move = provisionRun(await withService(open, prepared), prepared, identity);
  const result = await runPipeline(open, move, {
    title: provisionTitle(plan),
    steps: stepsOf(prepared),
    during: 'provisioning',
    after: plan.kind === 'shared' ? 'on-shared' : 'provisioned',
  });
  const base = {
    plan,
    run,
    journal: open.journal,
    steps: result.results,
    notes: move.notes,
    evidence: await evidenceOf(move, plan),
  } as const;
  if (!result.failed) return await saved(open, move.contextFor(''), provisionReport({ ...base, status: 'ok' }));
  const { error } = result.failed;
  const current = open.journal.current;
  // Once the gate is open the app may have written: what is there is kept, and gone on with.
  if (isUncertain(error.code) || (current && entryOf(current, plan.kind === 'shared' ? 'settle' : 'open')))
    return provisionReport({
      ...base,
      status: 'failed',
      notes: [...move.notes, `the state is kept: dbctl provision ${plan.service} --resume, or --undo`],
      error,
    });
  return await undo(open, prepared, { ...result, error }, move.notes);
}

const evidenceOf = (move: MoveRun<ProvisionContext>, { fill }: ProvisionPlan): Promise<EvidenceReport | null> =>
  loadEvidence(move.contextFor(''), fill?.databases.map(({ from }) => from) ?? []);

async function undo(
  open: OpenRun,
  prepared: PreparedProvision,
  before: PipelineResult & { readonly error?: DbctlError },
  notes: readonly string[] = [],
): Promise<ProvisionReport> {
  const move = provisionRun(await withService(open, prepared), prepared);
  const options = { steps: stepsOf(prepared), during: 'unprovisioning', after: 'undone' } as const;
  const undone = await undoPipeline(open, move, options);
  const error = undone.error ?? before.error;
  const report = provisionReport({
    ...{ plan: prepared.plan, run: prepared.run, journal: open.journal },
    status: undone.error ? 'failed' : 'undone',
    steps: [...before.results, ...undone.results],
    notes: [...notes, ...move.notes],
    ...(error ? { error } : {}),
  });
  return await saved(open, move.contextFor(''), report);
}

/** The inventory as it is or will be: a resumed run may be ahead of the file. */
async function withService(open: OpenRun, { plan, artifacts }: PreparedProvision): Promise<OpenRun> {
  const { deps } = open;
  if (artifacts.inventory === null || deps.inventory.services.some(({ name }) => name === plan.service)) return open;
  const { path, entry } = artifacts.inventory;
  const text = (await deps.files.read(path)) ?? '';
  return { ...open, deps: { ...deps, inventory: parseInventory(addService(text, plan.service, entry), path) } };
}

async function saved(open: OpenRun, ctx: ProvisionContext, report: ProvisionReport): Promise<ProvisionReport> {
  const path = `${open.deps.home}/migrations-plan/${ctx.plan.service}/${ctx.run}/provision.json`;
  await open.deps.files.write(path, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}
