import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService, RepointCommands } from '../../inventory/types.js';
import type { FinalJobFacts, Unusable, VolumeFacts } from '../../plan/facts.js';
import { nomadPlanFacts, withoutVolumes } from '../../plan/nomad-plan.js';
import { repointOf } from '../../plan/own-file.js';
import type { ServicePlan, SettingChange } from '../../plan/types.js';
import type { JobSource } from '../../ports/nomad.js';
import { type Preset, presetById, type Repoint, type SpliceOptions, spliceDatabase } from '../../render/index.js';
import type { FactsDeps } from './facts-deps.js';
import { type JobVariables, readJobspec } from './jobspec.js';

/** The operator's text before and after, as it would be registered. */
export interface FinalSource {
  readonly path: string;
  readonly before: JobSource;
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
  const preset = presetById(plan.app.preset);
  if (preset === undefined)
    throw new DbctlError('JOBSPEC_UNSUPPORTED', 'no known preset fits the app', {
      where: `service ${service.name}`,
      value: plan.app.preset,
    });
  const { text, settings } = spliceDatabase(await deps.hcl(), spec.source.Source, {
    part: plan.target,
    preset,
    group: plan.job.group,
    tasks: plan.app.tasks,
    shared: sharedNames(deps.inventory, plan),
    ...repointOption(service, plan, preset),
  });
  return { path: spec.path, before: spec.source, after: { ...spec.source, Source: text }, settings };
};

const repointOption = (
  service: InventoryService,
  plan: ServicePlan,
  preset: Preset,
): Pick<SpliceOptions, 'repoint'> => {
  const commands = repointOf(service, preset);
  const from = plan.app.ownAddress;
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
    const { after, settings } = await finalSource(deps, service, plan, variables);
    const job = await deps.nomad.parseJob(after);
    const answer = await deps.nomad.planJob(withoutVolumes(job, missingVolumes(plan, volumes)));
    return { settings, plan: nomadPlanFacts(answer) };
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

const missingVolumes = ({ target, node }: ServicePlan, volumes: readonly VolumeFacts[]): ReadonlySet<string> => {
  const here = new Set(volumes.filter(({ nodeId }) => nodeId === node.id).map(({ name }) => name));
  return new Set(
    [target.volume, target.backupVolume]
      .filter(({ kind, source }) => kind === 'dynamic' && !here.has(source))
      .map(({ source }) => source),
  );
};
