import { isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import {
  askedKeys,
  environmentOf,
  fileSettings,
  writtenFileSettings,
  writtenSettings,
} from '../../plan/app-settings.js';
import type { AllocationFacts, AppEnvironment } from '../../plan/facts.js';
import { type AppTask, appTasks, endsPath, fileTemplates } from '../../plan/locate.js';
import { ownFileEnvironment, repointOf } from '../../plan/own-file.js';
import type { NomadJob, NomadTask } from '../../ports/nomad.js';
import { configSettings, presetsOf } from '../../render/index.js';
import { placeOf, wantedNames } from './ask-file.js';
import { PRINT_FILE, PRINT_KEYS } from './ask-scripts.js';
import { askTask, type TaskAnswer } from './ask-task.js';
import type { FactsDeps } from './facts-deps.js';

type Deps = Pick<FactsDeps, 'nomad' | 'signal'>;

interface Asked {
  readonly deps: Deps;
  readonly allocId: string;
  readonly app: AppTask;
  readonly task: NomadTask;
}

/** What every task of the app really sees; where that cannot be read, what its jobspec says. */
export const appEnvironments = async (
  deps: Deps,
  job: NomadJob,
  service: InventoryService,
  allocations: readonly AllocationFacts[],
): Promise<AppEnvironment[]> => {
  const environments: AppEnvironment[] = [];
  for (const task of appTasks(job, service, presetsOf(service), configSettings))
    environments.push(await appEnvironment(deps, job, service, task, allocations));
  return environments;
};

/** Of one task. */
export const appEnvironment = async (
  deps: Deps,
  job: NomadJob,
  service: Pick<InventoryService, 'repoint'>,
  app: AppTask,
  allocations: readonly AllocationFacts[],
): Promise<AppEnvironment> => {
  const task = job.TaskGroups.find(({ Name }) => Name === app.group)?.Tasks.find(({ Name }) => Name === app.task);
  const own = allocations.filter(({ group }) => group === app.group);
  const allocation = own.find((item) => item.clientStatus === 'running' && !item.pendingTasks.includes(app.task));
  if (allocation === undefined && own.some((item) => isStarting(item, app.task)))
    return { ...writtenEnvironment(task, app, 'the task is starting'), starting: true };
  const live =
    allocation === undefined || task === undefined
      ? 'the task does not run'
      : await answered(() => liveEnvironment({ deps, allocId: allocation.id, app, task }, service));
  return typeof live === 'string' ? writtenEnvironment(task, app, live) : live;
};

const isStarting = ({ clientStatus, pendingTasks }: AllocationFacts, task: string): boolean =>
  clientStatus === 'pending' || (clientStatus === 'running' && pendingTasks.includes(task));

/** What a task's own text says, without the values that only show when it runs. */
export const writtenEnvironment = (
  task: NomadTask | undefined,
  app: AppTask,
  unreadable: string | null,
): AppEnvironment => {
  const written =
    task === undefined
      ? new Map<string, string>()
      : new Map([...writtenSettings(task), ...writtenFileSettings(task, app.preset, configSettings)]);
  return environmentOf(app, written, unreadable);
};

/** A task that cannot be asked is an answer in words. */
const answered = async <T>(ask: () => Promise<T | string>): Promise<T | string> => {
  try {
    return await ask();
  } catch (error) {
    if (isDbctlError(error, 'EXEC_FAILED') || isDbctlError(error, 'EXEC_UNKNOWN')) return error.message;
    throw error;
  }
};

const liveEnvironment = async (
  asked: Asked,
  service: Pick<InventoryService, 'repoint'>,
): Promise<AppEnvironment | string> => {
  const repoint = repointOf(service, asked.app.preset);
  if (repoint !== null) {
    const answer = await ask(asked, '"$@"', repoint.read);
    return 'unreadable' in answer ? answer.unreadable : ownFileEnvironment(asked.app, answer.lines);
  }
  const keys = await envValues(asked);
  if (typeof keys === 'string') return keys;
  const files = await fileValues(asked);
  return typeof files === 'string' ? files : environmentOf(asked.app, new Map([...keys, ...files]), null);
};

const ask = ({ deps, allocId, app }: Asked, script: string, args: readonly string[]): Promise<TaskAnswer> =>
  askTask(deps.nomad, { allocId, task: app.task, script, args }, deps.signal);

const kindOf = (role: string): string => (role === 'url' ? 'url' : 'plain');

const envValues = async (asked: Asked): Promise<Map<string, string> | string> => {
  const keys = askedKeys(asked.app.preset).filter(({ inFile }) => inFile !== true);
  if (keys.length === 0) return new Map();
  const answer = await ask(
    asked,
    PRINT_KEYS,
    keys.map(({ key, role }) => `${kindOf(role)}:${key}`),
  );
  if ('unreadable' in answer) return answer.unreadable;
  return valuesOf(
    answer.lines,
    keys.map(({ key }) => key),
  );
};

/** The first line of each key counts; further lines of a value with line breaks match no key. */
export const valuesOf = (lines: readonly string[], keys: readonly string[]): Map<string, string> =>
  new Map(
    keys.flatMap((key): [string, string][] => {
      const line = lines.find((item) => item.startsWith(`${key}=`));
      return line === undefined ? [] : [[key, line.slice(key.length + 1)]];
    }),
  );

/** From the files as they were rendered: what a template computes is known only there. */
const fileValues = async (asked: Asked): Promise<Map<string, string> | string> => {
  const keys = askedKeys(asked.app.preset).filter(({ inFile }) => inFile === true);
  const wanted = [...new Set(keys.flatMap(({ key, role }) => wantedNames(key, role)))];
  const found: [string, string][] = [];
  for (const { text, path } of keys.length === 0 ? [] : fileTemplates(asked.task)) {
    if (!configSettings(text).some(([name]) => keys.some(({ key }) => endsPath(name, key)))) continue;
    const answer = await ask(asked, PRINT_FILE, [...placeOf(path), ...wanted]);
    if ('unreadable' in answer) return answer.unreadable;
    found.push(...configSettings(`${answer.lines.join('\n')}\n`));
  }
  return fileSettings(asked.app.preset, found);
};
