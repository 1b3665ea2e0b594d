import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService, RepointCommands } from '../../inventory/types.js';
import type { FinalJobFacts, Unusable, VolumeFacts } from '../../plan/facts.js';
import { nomadPlanFacts, withoutVolumes } from '../../plan/nomad-plan.js';
import { repointOf } from '../../plan/own-file.js';
import { tlsDemands } from '../../plan/tls-demands.js';
import type { ServicePlan, SettingChange } from '../../plan/types.js';
import type { JobSource, NomadJob } from '../../ports/nomad.js';
import {
  type Hcl,
  type Preset,
  pointApp,
  presetNamed,
  type Repoint,
  renderOwnJob,
  type SpliceOptions,
  spliceDatabase,
  unsplice,
} from '../../render/index.js';
import { maskLine } from '../../shared/mask-line.js';
import type { FactsDeps } from './facts-deps.js';
import { hasPart, type JobVariables, readJobspec } from './jobspec.js';

/** The operator's text before and after, as it would be registered. */
export interface FinalSource {
  readonly path: string;
  /** Without a part that lies in the file and does not run: the way back registers this. */
  readonly before: JobSource;
  /** The file's own text, where that part makes it another one. */
  readonly found?: string;
  readonly after: JobSource;
  readonly settings: readonly SettingChange[];
}

/**
 * Splices the planned database part into the operator's jobspec; writes nothing. Deterministic for one text and plan.
 * Throws JOBSPEC_NOT_FOUND, JOBSPEC_UNSUPPORTED, JOBSPEC_UNPARSABLE, NAME_UNSAFE.
 */
export const finalSource = async (
  deps: Pick<FactsDeps, 'files' | 'home' | 'hcl' | 'inventory'>,
  service: InventoryService,
  plan: ServicePlan,
  variables: JobVariables,
): Promise<FinalSource> => {
  const spec = await readJobspec(deps, service, variables);
  if ('code' in spec) throw new DbctlError('JOBSPEC_NOT_FOUND', spec.text, { where: `service ${service.name}` });
  const preset = presetNamed(service, plan.app.preset);
  if (preset === undefined)
    throw new DbctlError('JOBSPEC_UNSUPPORTED', 'no known preset fits the app', {
      where: `service ${service.name}`,
      value: plan.app.preset,
    });
  const common = { part: plan.target, preset, shared: sharedNames(deps.inventory, plan) };
  const hcl = await deps.hcl();
  const { text, settings } =
    plan.target.placement === 'own-job'
      ? pointApp(hcl, spec.source.Source, { ...common, groups: plan.app.groups })
      : spliceDatabase(hcl, spec.source.Source, {
          ...common,
          group: plan.job.group,
          tasks: plan.app.tasks,
          ...repointOption(service, preset, plan.app.ownAddress),
        });
  const plain = plainText(hcl, spec.source.Source, plan);
  return {
    path: spec.path,
    before: { ...spec.source, Source: plain },
    ...(plain === spec.source.Source ? {} : { found: spec.source.Source }),
    ...{ after: { ...spec.source, Source: text }, settings },
  };
};

/** `adopt` may have written the part ahead of the move; once the part runs, the file with it is the plain one. */
const plainText = (hcl: Hcl, text: string, { state, target, job }: ServicePlan): string => {
  if (state === 'done' || !hasPart(text)) return text;
  return unsplice(hcl, text, target.placement === 'own-job' ? undefined : job.group);
};

/** `from`: the address that the app's own file has. */
export const repointOption = (
  service: InventoryService,
  preset: Preset,
  from: string | undefined,
): Pick<SpliceOptions, 'repoint'> => {
  const commands = repointOf(service, preset);
  return commands === null || from === undefined ? {} : { repoint: { commands: asRepoint(commands), from } };
};

/** An optional key that is there but undefined is no key. */
export const asRepoint = ({ file, user, read, write }: RepointCommands): Repoint => ({
  ...{ read, write },
  ...(file === undefined ? {} : { file }),
  ...(user === undefined ? {} : { user }),
});

/** Where the source was really seen, and by what name clients look for it. */
const sharedNames = ({ shared }: FactsDeps['inventory'], { source }: ServicePlan): SpliceOptions['shared'] => ({
  service: shared.service,
  hosts: [source.address],
  port: source.port,
});

/** What Nomad would do with the final job. Volumes that are made only right before the move are left out of the dry run. */
export const collectFinalJob = async (
  deps: Pick<FactsDeps, 'nomad' | 'files' | 'home' | 'hcl' | 'inventory'>,
  service: InventoryService,
  plan: ServicePlan,
  { volumes, variables }: { readonly volumes: readonly VolumeFacts[]; readonly variables: JobVariables },
): Promise<FinalJobFacts | Unusable> => {
  try {
    const { before, after, settings } = await finalSource(deps, service, plan, variables);
    const [insists] = tlsDemands(before.Source, after.Source);
    if (insists !== undefined) return tlsUnsupported(plan.job.jobspec, after.Source, insists);
    const job = await deps.nomad.parseJob(after);
    const missing = missingVolumes(plan, volumes);
    const dryRun = async (one: NomadJob): Promise<FinalJobFacts['plan']> =>
      nomadPlanFacts(await deps.nomad.planJob(withoutVolumes(one, missing)));
    if (plan.target.placement === 'same-group') return { settings, plan: await dryRun(job) };
    const own = await deps.nomad.parseJob(ownJobSource(plan, job));
    return { settings, plan: bothPlans(await dryRun(own), await dryRun(job)) };
  } catch (error) {
    const codes = [
      'JOBSPEC_UNSUPPORTED',
      'JOBSPEC_UNPARSABLE',
      'JOBSPEC_NOT_FOUND',
      'NAME_UNSAFE',
      'NOMAD_REJECTED',
    ] as const;
    if (isDbctlError(error) && codes.some((code) => code === error.code))
      return {
        code: error.code,
        text: [error.message, error.where, error.value, ...error.details].filter(Boolean).join(': '),
        next: error.next ?? `change ${plan.job.jobspec} accordingly, register it, and plan again`,
      };
    throw error;
  }
};

/** The app would be refused by its own settings, in the middle of the move. */
const tlsUnsupported = (path: string, text: string, line: number): Unusable => ({
  code: 'TLS_UNSUPPORTED',
  text: `the app insists on TLS, and the new database, which it reaches on its node, has none: ${maskLine(text.split('\n')[line - 1]?.trim() ?? '')}`,
  next: `write sslmode=disable (or ssl=false) in ${path}, which the shared instance takes unless its pg_hba.conf says hostssl; register it, and plan again`,
});

const bothPlans = (own: FinalJobFacts['plan'], app: FinalJobFacts['plan']): FinalJobFacts['plan'] => ({
  failures: [...own.failures, ...app.failures],
  warnings: [own.warnings, app.warnings].filter((text) => text !== '').join('\n'),
  summary: [...own.summary, ...app.summary],
});

/** The jobspec of a database in a job of its own, in the namespace and datacenters of the app's. */
export const ownJobSource = ({ target, node }: ServicePlan, app: NomadJob): JobSource => {
  const datacenters = Array.isArray(app['Datacenters']) ? app['Datacenters'].map(String) : ['*'];
  const bound = target.volume.kind !== 'csi';
  const where = { namespace: app.Namespace ?? 'default', datacenters, nodeId: bound ? node.id : undefined };
  return { Source: renderOwnJob(target, where), Format: 'hcl2' };
};

const missingVolumes = ({ target, node }: ServicePlan, volumes: readonly VolumeFacts[]): ReadonlySet<string> => {
  const here = new Set(volumes.filter(({ nodeId }) => nodeId === node.id).map(({ name }) => name));
  return new Set(
    [target.volume, target.backupVolume]
      .filter(({ kind, source }) => kind === 'dynamic' && !here.has(source))
      .map(({ source }) => source),
  );
};
