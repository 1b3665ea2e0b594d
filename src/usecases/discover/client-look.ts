import { withArguments } from '../../plan/discover/argument-urls.js';
import { askedByName, type FoundClient, filePaths, taskAt } from '../../plan/discover/looks.js';
import { isNamed } from '../../plan/discover/tellings.js';
import type { ClientLook, Settings, Spot } from '../../plan/discover/types.js';
import { masked } from '../../plan/discover/written.js';
import type { AllocationFacts, AppEnvironment } from '../../plan/facts.js';
import { fileTemplates } from '../../plan/locate.js';
import type { NomadJob, NomadPort, NomadTask } from '../../ports/nomad.js';
import { configSettings, type Preset } from '../../render/index.js';
import { appEnvironment } from '../facts/app-environment.js';
import { placeOf, wantedNames } from '../facts/ask-file.js';
import { PRINT_FILE, PRINT_NAMES } from '../facts/ask-scripts.js';
import { type AskDeps, answerOf, askKeys, spotOf } from './ask-keys.js';
import { reasonOf } from './gaps.js';

export interface ClientDeps extends AskDeps {
  readonly nomad: NomadPort;
}

/** What one task is told about databases. Never throws for a task that cannot be asked: its jobspec speaks for it. */
export async function lookAtClient(
  deps: ClientDeps,
  jobs: readonly NomadJob[],
  spots: readonly Spot[],
  client: FoundClient<Preset>,
): Promise<ClientLook | undefined> {
  const job = jobs.find(({ ID }) => ID === client.job);
  const task = taskAt(jobs, client);
  if (job === undefined || task === undefined) return undefined;
  const spot = spotOf(spots, client);
  const place = { job: client.job, group: client.group, task: client.task, preset: client.preset };
  const settings = withArguments(task, await settingsOf(deps, spot, task, client));
  const app = await ownSettings(deps, job, spot, client);
  const files = isNamed(client.preset) ? [] : await fileSettings(deps, spot, task);
  return { ...place, settings, files, app };
}

async function settingsOf(
  deps: ClientDeps,
  spot: Spot | undefined,
  task: NomadTask,
  { keys, computed }: FoundClient,
): Promise<Settings> {
  if (!computed) return askKeys(deps, spot, task, keys);
  const answer = await answerOf(deps, spot, task.Name, PRINT_NAMES, []);
  const more = 'unreadable' in answer ? [] : answer.lines.flatMap((key) => askedByName(key));
  return askKeys(deps, spot, task, [...new Map([...more, ...keys].map((item) => [item.key, item])).values()]);
}

/** Of an app that is told by a file: read in the file as it is now, or by its own tool. */
async function ownSettings(
  deps: ClientDeps,
  job: NomadJob,
  spot: Spot | undefined,
  { preset, group, task }: FoundClient<Preset>,
): Promise<AppEnvironment | null> {
  if (preset === null || !(preset.repoint !== undefined || preset.keys.some(({ inFile }) => inFile))) return null;
  const running = spot === undefined ? [] : [allocationOf(spot)];
  const read = (allocations: readonly AllocationFacts[]): Promise<AppEnvironment> =>
    appEnvironment(deps, job, { repoint: null }, { group, task, preset }, allocations);
  try {
    return await read(running);
  } catch (error) {
    return { ...(await read([])), unreadable: reasonOf(error) };
  }
}

const allocationOf = ({ allocId, group, nodeId, nodeName, address }: Spot): AllocationFacts => ({
  ...{ id: allocId, group, nodeId, nodeName, address },
  ...{ jobVersion: 0, clientStatus: 'running', pendingTasks: [] },
});

/** Of an app that no preset knows: its rendered files where they can be read, else their templates. */
async function fileSettings(deps: AskDeps, spot: Spot | undefined, task: NomadTask): Promise<[string, string][]> {
  const paths = filePaths(task, configSettings);
  if (paths.length === 0) return [];
  const wanted = [...new Set(paths.flatMap(({ path, role }) => wantedNames(path, role)))];
  const found: [string, string][] = [];
  for (const { text, path } of fileTemplates(task)) {
    if (!configSettings(text).some(([name]) => paths.some((known) => known.path === name))) continue;
    const answer = await answerOf(deps, spot, task.Name, PRINT_FILE, [...placeOf(path), ...wanted]);
    const shown = 'unreadable' in answer ? masked(text) : `${answer.lines.join('\n')}\n`;
    found.push(...configSettings(shown).filter(([name]) => paths.some((known) => known.path === name)));
  }
  return found;
}
