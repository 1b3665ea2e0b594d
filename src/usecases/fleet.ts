import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { hasOwnDatabase, isUnfinished, type Phase } from '../pipeline/journal.js';
import { readJournal } from '../pipeline/journal-store.js';
import { byPriority } from '../plan/build-plan.js';
import type { FleetReport, FleetRow, FleetVerb } from '../report/fleet-report.js';
import type { MigrateReport } from '../report/migrate-report.js';
import type { UseCaseDeps } from './deps.js';
import { fleetRow, thrownRow, waitingRow } from './fleet-row.js';
import { planServices } from './plan.js';
import { secondsSince } from './seconds-since.js';

export interface FleetInput {
  readonly verb: FleetVerb;
  /** Go on with the next service when one fails. Never goes on after an interrupt. */
  readonly keepGoing: boolean;
  /** Rejects when the operator declines; called once, before the first effect. */
  readonly confirm: (question: string) => Promise<void>;
  readonly one: (service: string) => Promise<MigrateReport>;
}

/**
 * One verb over every service, one after another, by priority (a rollback: backwards). Services that need nothing are
 * reported as such. Before the first effect of a migrate every plan is made: a blocked one throws PREFLIGHT_FAILED,
 * unless `keepGoing`. Repeating it goes on where it stopped.
 */
export async function fleet(deps: UseCaseDeps, input: FleetInput): Promise<FleetReport> {
  const ordered = byPriority(deps.inventory.services);
  const services = input.verb === 'rollback' ? ordered.toReversed() : ordered;
  const phases = await Promise.all(services.map((service) => phaseOf(deps, service)));
  const due = services.filter((_, index) => isDue(input.verb, phases[index]));
  if (input.verb === 'migrate' && !input.keepGoing)
    await requirePlans(deps, new Map(services.map(({ name }, index) => [name, phases[index]])));
  if (due.length > 0) await input.confirm(question(input.verb, due));
  return await eachService(deps, input, due);
}

const phaseOf = async (deps: UseCaseDeps, { name }: InventoryService): Promise<Phase | undefined> =>
  (await readJournal(deps.nomad, name))?.phase;

/** Services that were never moved, or whose database was made for them, have nothing to roll back or finalize. */
const isDue = (verb: FleetVerb, phase: Phase | undefined): boolean =>
  verb === 'migrate' || (phase !== undefined && !NEVER_MOVED.has(phase));

const NEVER_MOVED: ReadonlySet<Phase> = new Set(['rolled-back', 'undone', 'provisioned', 'on-shared']);

/** An unfinished run is neither planned nor judged here: its own resume does. */
async function requirePlans(deps: UseCaseDeps, phases: ReadonlyMap<string, Phase | undefined>): Promise<void> {
  const blocked: string[] = [];
  const { services: plans } = await planServices(deps);
  for (const plan of plans) {
    const phase = phases.get(plan.service);
    if (plan.state !== 'blocked' || (phase !== undefined && (isUnfinished(phase) || hasOwnDatabase(phase)))) continue;
    const codes = plan.findings.filter(({ level }) => level === 'blocked').map(({ code }) => code);
    blocked.push(`${plan.service}: ${codes.join(', ')}`);
  }
  if (blocked.length === 0) return;
  throw new DbctlError(
    'PREFLIGHT_FAILED',
    `${blocked.length} of ${plans.length} services cannot be moved as things are`,
    {
      where: deps.inventory.path,
      details: blocked,
      next: 'dbctl plan (each with its way out), or --keep-going to move the others',
    },
  );
}

async function eachService(
  deps: UseCaseDeps,
  input: FleetInput,
  services: readonly InventoryService[],
): Promise<FleetReport> {
  const began = deps.clock.monotonic();
  const rows: FleetRow[] = [];
  const reports: MigrateReport[] = [];
  for (const { name } of services) {
    if (deps.signal.aborted || (!input.keepGoing && rows.some(isFailed))) {
      rows.push(waitingRow(name));
      continue;
    }
    const report = await input.one(name).catch((error: unknown) => rethrowUnknown(error));
    rows.push(report instanceof DbctlError ? thrownRow(name, report) : fleetRow(report));
    if (!(report instanceof DbctlError)) reports.push(report);
  }
  const seconds = secondsSince(deps, began);
  return {
    schema: 'dbctl.fleet/1',
    verb: input.verb,
    status: rows.some(isFailed) ? 'failed' : 'ok',
    seconds,
    rows,
    reports,
  };
}

const isFailed = ({ status }: FleetRow): boolean => status === 'failed' || status === 'undone' || status === 'waiting';

function rethrowUnknown(error: unknown): DbctlError {
  if (error instanceof DbctlError) return error;
  throw error;
}

const ASK: Readonly<Record<FleetVerb, string>> = {
  migrate: 'Move to databases of their own, each app down for a few seconds',
  rollback: 'Take back to the shared instance, keeping every later row',
  finalize: 'Drop the closed old databases, which cannot be undone, of',
};

const question = (verb: FleetVerb, services: readonly InventoryService[]): string =>
  `${ASK[verb]}: ${services.map(({ name }) => name).join(', ')}.`;
