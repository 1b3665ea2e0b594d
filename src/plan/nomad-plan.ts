import type { Json, NomadJob, NomadTaskGroup } from '../ports/nomad.js';
import type { FinalJobFacts } from './facts.js';

type JsonObject = { readonly [key: string]: unknown };
const object = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** Nomad's answer to a dry run, in words. */
export const nomadPlanFacts = (answer: Record<string, Json>): FinalJobFacts['plan'] => ({
  failures: Object.entries(object(answer['FailedTGAllocs'])).map(
    ([group, metric]) => `group ${group}: ${failureText(object(metric))}`,
  ),
  warnings: typeof answer['Warnings'] === 'string' ? answer['Warnings'] : '',
  summary: Object.entries(object(object(answer['Annotations'])['DesiredTGUpdates'])).flatMap(([group, updates]) =>
    updateText(group, object(updates)),
  ),
});

const failureText = (metric: JsonObject): string => {
  const reasons = [
    ...Object.entries(object(metric['ConstraintFiltered'])),
    ...Object.entries(object(metric['DimensionExhausted'])),
  ].map(([reason, nodes]) => `${reason} (${nodes} node${nodes === 1 ? '' : 's'})`);
  if (reasons.length > 0) return reasons.join(', ');
  return metric['NodesEvaluated'] === 0 ? 'no node is eligible' : 'no node fits';
};

const WORDS: readonly (readonly [string, string])[] = [
  ['Place', 'new'],
  ['InPlaceUpdate', 'in place'],
  ['DestructiveUpdate', 'stopped and started anew'],
  ['Migrate', 'moved'],
  ['Stop', 'stopped'],
  ['Canary', 'canary'],
  ['Ignore', 'unchanged'],
];

const updateText = (group: string, updates: JsonObject): string[] => {
  const parts = WORDS.filter(([key]) => Number(updates[key] ?? 0) > 0).map(([key, word]) => `${updates[key]} ${word}`);
  return parts.length === 0 ? [] : [`group ${group}: ${parts.join(', ')}`];
};

/**
 * The job without volumes that are made only right before the move: a dry run with them fails for their lack alone
 * ("missing compatible host volumes") and would hide every other reason.
 */
export const withoutVolumes = (job: NomadJob, sources: ReadonlySet<string>): NomadJob => ({
  ...job,
  TaskGroups: job.TaskGroups.map((group) => groupWithout(group, sources)),
});

const groupWithout = (group: NomadTaskGroup, sources: ReadonlySet<string>): NomadTaskGroup => {
  const volumes = Object.entries(group.Volumes ?? {});
  const gone = new Set(volumes.filter(([, volume]) => sources.has(volume.Source)).map(([label]) => label));
  if (gone.size === 0) return group;
  return {
    ...group,
    Volumes: Object.fromEntries(volumes.filter(([label]) => !gone.has(label))),
    Tasks: group.Tasks.map((task) => ({ ...task, VolumeMounts: mountsWithout(task['VolumeMounts'], gone) })),
  };
};

const mountsWithout = (mounts: unknown, gone: ReadonlySet<string>): unknown[] =>
  (Array.isArray(mounts) ? mounts : []).filter((mount) => !gone.has(String(object(mount)['Volume'] ?? '')));
