import { DbctlError } from '../errors/dbctl-error.js';
import { addService, type NewEntry } from '../inventory/add-service.js';
import { parseInventory } from '../inventory/parse.js';
import { suggest } from '../inventory/suggest.js';
import type { InventoryService } from '../inventory/types.js';
import type { ProvisionArtifacts } from '../pipeline/provision/context.js';
import { isUnusable } from '../plan/facts.js';
import { tagMajor } from '../plan/image.js';
import { hasDatabasePart } from '../plan/locate.js';
import { runId } from '../plan/names.js';
import { buildProvisionPlan } from '../plan/provision/build-provision-plan.js';
import type { ProvisionFacts } from '../plan/provision/facts.js';
import type { Likeness } from '../plan/provision/fill.js';
import type { ProvisionPlan, ProvisionRequest } from '../plan/provision/types.js';
import type { JobSource, NomadJob } from '../ports/nomad.js';
import {
  addServiceToInit,
  PRESETS,
  presetById,
  presetForNewApp,
  presetNamed,
  renderAppJob,
  renderOwnJob,
  spliceDatabase,
} from '../render/index.js';
import type { UseCaseDeps } from './deps.js';
import { repointOption } from './facts/final-job.js';
import { readSubmission } from './facts/jobspec.js';
import { collectProvisionFacts, resolved } from './facts/provision.js';
import type { KeptFill } from './prepare-fill.js';
import type { Kept } from './run-texts.js';

/** The inventory with the service in it, written or not yet. */
export interface Enrolled {
  readonly deps: UseCaseDeps;
  readonly service: InventoryService;
  readonly entry: NewEntry | null;
  /** A known service whose name is so near that this may be a slip. */
  readonly near: string | null;
}

export interface PreparedProvision extends Kept {
  readonly plan: ProvisionPlan;
  readonly artifacts: ProvisionArtifacts;
  /** Absent: the database stays empty. */
  readonly fill?: KeptFill;
}

/**
 * Finds the service, or tries how the inventory would be with it; nothing is written.
 * Throws SERVICE_UNKNOWN, USAGE, INVENTORY_INVALID.
 */
export async function enrol(deps: UseCaseDeps, request: ProvisionRequest): Promise<Enrolled> {
  checkApp(request);
  const known = deps.inventory.services.find(({ name }) => name === request.service);
  const names = deps.inventory.services.map(({ name }) => name);
  if (known) {
    requireAgreement(known, request);
    return { deps, service: known, entry: null, near: null };
  }
  const near = suggest(request.service, names) ?? null;
  if (request.app === null && request.jobspec === null && !request.shared)
    throw new DbctlError('SERVICE_UNKNOWN', 'the service is not in the inventory', {
      where: deps.inventory.path,
      value: request.service,
      details: near === null ? [] : [`did you mean ${near}?`],
      next: `for a new service: dbctl provision ${request.service} --app <${PRESETS.map(({ id }) => id)
        .slice(0, 3)
        .join('|')}|…>`,
    });
  const entry = entryOf(request);
  const inventory = await withEntry(deps, request.service, entry);
  const service = inventory.services.find(({ name }) => name === request.service);
  if (!service) throw new DbctlError('INTERNAL', 'the new service is not in the new inventory');
  return { deps: { ...deps, inventory }, service, entry, near };
}

/** As `settle` will write it; every rule of the inventory is asked now. */
async function withEntry(deps: UseCaseDeps, name: string, entry: NewEntry): Promise<UseCaseDeps['inventory']> {
  const { path } = deps.inventory;
  const text = await deps.files.read(path);
  if (text === undefined) throw new DbctlError('INVENTORY_NOT_FOUND', 'the inventory is gone', { where: path });
  return parseInventory(addService(text, name, entry), path);
}

const entryOf = (request: ProvisionRequest): NewEntry => ({
  priority: request.priority ?? undefined,
  app: request.app ?? undefined,
  jobspec: request.jobspec ?? undefined,
  ...(request.databases.length > 1 ? { databases: request.databases } : { database: request.databases[0] }),
  role: request.role ?? undefined,
  extensions: request.extensions.length > 0 ? request.extensions : undefined,
});

function checkApp({ app }: ProvisionRequest): void {
  const ids = [...new Set(PRESETS.map((preset) => preset.app ?? preset.id))];
  if (app === null || ids.includes(app) || presetById(app) !== undefined) return;
  const near = suggest(app, ids);
  throw new DbctlError('USAGE', 'no preset tells how this app is told its database', {
    where: '--app',
    value: app,
    details: near === undefined ? [] : [`did you mean ${near}?`],
    next: `known: ${ids.join(', ')}`,
  });
}

/** A flag that says otherwise than the inventory must not be passed over in silence. */
function requireAgreement(service: InventoryService, request: ProvisionRequest): void {
  const same = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');
  const differing = [
    ...(request.app !== null && request.app !== service.app ? ['app'] : []),
    ...(request.jobspec !== null && request.jobspec !== service.jobspec ? ['jobspec'] : []),
    ...(request.role !== null && request.role !== service.role ? ['role'] : []),
    ...(request.priority !== null && request.priority !== service.priority ? ['priority'] : []),
    ...(request.databases.length > 0 && !same(request.databases, service.databases) ? ['database'] : []),
    ...(request.extensions.length > 0 && !same(request.extensions, service.extensions) ? ['extensions'] : []),
  ];
  if (differing.length === 0) return;
  throw new DbctlError('USAGE', 'the flags and the inventory disagree about this service', {
    where: `service ${service.name}`,
    value: differing.join(', '),
    next: 'change dbctl.yaml, or leave the flags out',
  });
}

/** Plans one new database and renders every text of it. A blocked plan has no texts. */
export async function prepareProvision(
  enrolled: Enrolled,
  request: ProvisionRequest,
  dataVolume: string | null,
  like: Likeness | null,
): Promise<{ plan: ProvisionPlan; artifacts: ProvisionArtifacts | null }> {
  const { deps, service, entry } = enrolled;
  const again = like?.again !== undefined;
  const scope = { request, service, inventoryAdds: entry !== null, dataVolume, again };
  const facts = await collectProvisionFacts(deps, scope);
  const plan = buildProvisionPlan(deps.inventory, service, facts, request, like);
  if (plan.state === 'blocked') return { plan, artifacts: null };
  const texts = await textsOf(enrolled, {
    request,
    plan,
    job: facts.job,
    again,
    whole: isWhole(facts),
    app: facts.app,
  });
  await validate(deps, texts.after, plan.job.jobspec);
  const artifacts: ProvisionArtifacts = {
    ...{ path: resolved(deps, plan.job.jobspec), before: texts.before, after: texts.after },
    wasStopped: facts.job?.Stop === true,
    inventory: entry === null ? null : { path: deps.inventory.path, entry: finalEntry(entry, plan, like) },
  };
  return { plan: { ...plan, app: { ...plan.app, settings: texts.settings } }, artifacts };
}

/** What was decided here and is not the default goes into the file. */
const finalEntry = (entry: NewEntry, plan: ProvisionPlan, like: Likeness | null): NewEntry => ({
  ...entry,
  ...(like === null ? {} : imageOf(plan)),
  ...(plan.kind === 'new-app' ? { jobspec: plan.job.jobspec } : {}),
  ...(plan.kind === 'own-job' ? { placement: 'own-job' } : {}),
});

/** The shared instance may run another one some day; this server keeps what its data was made with. */
const imageOf = ({ target: { image, major } }: ProvisionPlan): NewEntry => ({
  image,
  major: image !== undefined && tagMajor(image) === major ? undefined : major,
});

interface Texts {
  readonly before: JobSource | null;
  readonly after: JobSource;
  readonly settings: ProvisionPlan['app']['settings'];
}

interface TextsInput {
  readonly request: ProvisionRequest;
  readonly plan: ProvisionPlan;
  readonly job: NomadJob | null;
  readonly again: boolean;
  readonly whole: boolean;
  readonly app: ProvisionFacts['app'];
}

/** The whole jobspec was made by dbctl: what it says beside the database is nowhere else. */
const isWhole = ({ spec }: ProvisionFacts): boolean =>
  spec !== null && !isUnusable(spec) && spec.TaskGroups.some(hasDatabasePart);

async function textsOf(
  { deps, service }: Enrolled,
  { request, plan, job, again, whole, app: told }: TextsInput,
): Promise<Texts> {
  const { variables } = await readSubmission(deps, job);
  const hcl2 = (Source: string): JobSource => ({ ...variables, Source, Format: 'hcl2' });
  const preset = presetNamed(service, plan.app.preset);
  const text = (await deps.files.read(resolved(deps, plan.job.jobspec))) ?? '';
  const where = { namespace: 'default', datacenters: await datacenters(deps) };
  switch (plan.kind) {
    case 'own-job': {
      const before = again && text !== '' ? hcl2(text) : null;
      const place = before === null ? where : placeOf(await deps.nomad.parseJob(before));
      return { before, after: hcl2(renderOwnJob(plan.target, { ...place, nodeId: undefined })), settings: [] };
    }
    case 'shared':
      return { before: hcl2(text), after: hcl2(await sharedText(deps, plan, text)), settings: [] };
    case 'new-app': {
      const fresh = presetForNewApp(plan.app.preset);
      if (fresh === undefined || request.image === null) throw new DbctlError('INTERNAL', 'a new app needs a preset');
      const driver = service.driver === 'podman' ? 'podman' : 'docker';
      const app = { ...where, preset: fresh, driver, image: request.image, task: service.name } as const;
      return { before: null, after: hcl2(renderAppJob(plan.target, app)), settings: [] };
    }
    case 'splice': {
      if (preset === undefined) throw new DbctlError('JOBSPEC_UNSUPPORTED', 'no known preset fits the app');
      const shared = {
        service: deps.inventory.shared.service,
        ...(again ? lostAddress(plan, told) : seenAddress(plan)),
      };
      if (whole) return { before: hcl2(text), after: hcl2(text), settings: [] };
      const repoint = again ? repointOption(service, preset, deps.inventory.shared.service) : {};
      const options = { part: plan.target, preset, group: plan.job.group, tasks: plan.app.tasks, shared, ...repoint };
      const spliced = spliceDatabase(await deps.hcl(), text, options);
      return { before: hcl2(text), after: hcl2(spliced.text), settings: spliced.settings };
    }
  }
}

const placeOf = (job: NomadJob): { namespace: string; datacenters: string[] } => ({
  namespace: job.Namespace ?? 'default',
  datacenters: Array.isArray(job['Datacenters']) ? job['Datacenters'].map(String) : ['*'],
});

const seenAddress = ({ shared: { address, port } }: ProvisionPlan) => ({ hosts: [address], port });

const POSTGRES_PORT = 5432;

/** Nobody can see where the shared instance was: what the app was told of it has to do. */
function lostAddress({ shared }: ProvisionPlan, app: ProvisionFacts['app']): { hosts: string[]; port: number } {
  const hosts = [shared.address, ...app.map(({ host }) => host ?? '')].filter((host) => host !== '');
  return { hosts, port: shared.port || (app.find(({ port }) => port !== null)?.port ?? POSTGRES_PORT) };
}

async function sharedText(deps: UseCaseDeps, { service, target }: ProvisionPlan, text: string): Promise<string> {
  const { databases, role, vault, extensions = [] } = target;
  const block = { service, databases: databases.map(({ name }) => name), role, vault, extensions };
  return addServiceToInit(await deps.hcl(), text, block).text;
}

/** Those of the shared job: the new database belongs where the old one is. */
async function datacenters(deps: UseCaseDeps): Promise<string[]> {
  const found = (await deps.nomad.job(deps.inventory.shared.job))?.['Datacenters'];
  return Array.isArray(found) && found.length > 0 ? found.map(String) : ['*'];
}

/** What `nomad job validate` says, before any effect. */
async function validate(deps: UseCaseDeps, source: JobSource, where: string): Promise<void> {
  const { errors } = await deps.nomad.validateJob(await deps.nomad.parseJob(source));
  if (errors.length === 0) return;
  throw new DbctlError('JOBSPEC_UNSUPPORTED', 'Nomad does not accept the jobspec', { where, details: errors });
}

export const newRun = (deps: UseCaseDeps): string => runId(deps.clock.now(), deps.randomBytes(4));
