import { isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { askedKeys, environmentOf, writtenSettings } from '../../plan/app-settings.js';
import type { AllocationFacts, AppEnvironment } from '../../plan/facts.js';
import { type AppTask, appTasks } from '../../plan/locate.js';
import type { NomadJob } from '../../ports/nomad.js';
import { PRESETS } from '../../render/index.js';
import { askTask } from './ask-task.js';
import type { FactsDeps } from './facts-deps.js';

// Prints only the keys it is asked for: the other variables of an app hold its secrets and never leave the task.
const PRINT_KEYS = `for key in "$@"; do
  case $key in ''|[0-9]*|*[!A-Za-z0-9_]*) continue ;; esac
  eval "value=\\\${$key-}"
  printf '%s=%s\\n' "$key" "$value"
done`;

/** What every task of the app really sees; where that cannot be read, what its jobspec says. */
export const appEnvironments = async (
  deps: Pick<FactsDeps, 'nomad' | 'signal'>,
  job: NomadJob,
  service: InventoryService,
  allocations: readonly AllocationFacts[],
): Promise<AppEnvironment[]> => {
  const environments: AppEnvironment[] = [];
  for (const task of appTasks(job, service, PRESETS))
    environments.push(await environment(deps, job, task, allocations));
  return environments;
};

const environment = async (
  deps: Pick<FactsDeps, 'nomad' | 'signal'>,
  job: NomadJob,
  task: AppTask,
  allocations: readonly AllocationFacts[],
): Promise<AppEnvironment> => {
  const found = job.TaskGroups.find(({ Name }) => Name === task.group)?.Tasks.find(({ Name }) => Name === task.task);
  const written = found === undefined ? new Map<string, string>() : writtenSettings(found);
  const allocation = allocations.find(({ group, clientStatus }) => group === task.group && clientStatus === 'running');
  if (allocation === undefined) return environmentOf(task, written, 'the task does not run');
  const live = await liveValues(deps, allocation.id, task);
  return typeof live === 'string' ? environmentOf(task, written, live) : environmentOf(task, live, null);
};

/** The live values, or in words why they cannot be read. */
const liveValues = async (
  deps: Pick<FactsDeps, 'nomad' | 'signal'>,
  allocId: string,
  { task, preset }: AppTask,
): Promise<Map<string, string> | string> => {
  const args = askedKeys(preset);
  try {
    const answer = await askTask(deps.nomad, { allocId, task, script: PRINT_KEYS, args }, deps.signal);
    return 'unreadable' in answer ? answer.unreadable : valuesOf(answer.lines, args);
  } catch (error) {
    if (isDbctlError(error, 'EXEC_FAILED') || isDbctlError(error, 'EXEC_UNKNOWN')) return error.message;
    throw error;
  }
};

/** The first line of each key counts; further lines of a value with line breaks match no key. */
const valuesOf = (lines: readonly string[], keys: readonly string[]): Map<string, string> =>
  new Map(
    keys.flatMap((key): [string, string][] => {
      const line = lines.find((item) => item.startsWith(`${key}=`));
      return line === undefined ? [] : [[key, line.slice(key.length + 1)]];
    }),
  );
