import type { InventoryService } from '../../inventory/types.js';
import { jobDifferences } from '../drift.js';
import { isUnusable, type ServiceFacts } from '../facts.js';
import type { Dependent, Finding } from '../types.js';

const SHOWN = 3;

/** The jobspec file against what runs. `drift: warn` lets it pass with a word. */
export const driftFindings = (facts: ServiceFacts, service: InventoryService): Finding[] => {
  if (facts.job === null || isUnusable(facts.file)) return [];
  const { job, plain } = facts.file;
  // A part that `adopt` wrote and nobody registered is the move's own, written ahead of it.
  if (plain !== undefined && jobDifferences(plain, facts.job).length === 0) return [];
  const differences = jobDifferences(job, facts.job);
  if (differences.length === 0) return [];
  const lines = differences
    .slice(0, SHOWN)
    .map(({ path, file, running }) => `${path}: file ${file}, running ${running}`);
  const more = differences.length > SHOWN ? [`and ${differences.length - SHOWN} more`] : [];
  return [
    {
      code: 'JOBSPEC_DRIFT',
      level: service.drift === 'refuse' ? 'blocked' : 'warn',
      text: `${facts.file.path} and the running job differ: ${[...lines, ...more].join('; ')}`,
      next: `nomad job plan ${facts.file.path}, then register it or bring the file up to date`,
    },
  ];
};

/** Every group runs as often as it should: a deployment that is under way must end first. */
export const allocationFindings = (
  facts: ServiceFacts,
  groups: readonly { readonly name: string; readonly count: number }[],
): Finding[] => {
  const wrong = groups.flatMap((group) => wrongNumber(facts, group));
  return wrong.length > 0 ? wrong : facts.app.flatMap(unreadableEnvironment);
};

const wrongNumber = (facts: ServiceFacts, { name, count }: { name: string; count: number }): Finding[] => {
  const own = facts.allocations.filter((allocation) => allocation.group === name);
  if (own.length === count) return [];
  const text =
    own.length === 0
      ? `group ${name} has no running allocation`
      : `group ${name} has ${own.length} running allocations (${own.map(({ id }) => id.slice(0, 8)).join(', ')})`;
  return [
    {
      code: own.length === 0 ? 'NOT_RUNNING' : 'SEVERAL_ALLOCATIONS',
      level: 'blocked',
      text,
      next: `nomad job status ${facts.job?.ID ?? ''}: wait until exactly ${count === 1 ? 'one runs' : `${count} run`}`,
    },
  ];
};

const unreadableEnvironment = ({ task, unreadable }: ServiceFacts['app'][number]): Finding[] =>
  unreadable === null
    ? []
    : [
        {
          code: 'ENVIRONMENT_UNREADABLE',
          level: 'warn',
          text: `the live settings of task ${task} could not be read (${unreadable}); those of the jobspec count`,
        },
      ];

/** Nomad's own dry run of the final job. */
export const finalJobFindings = ({ finalJob }: ServiceFacts): Finding[] => {
  if (finalJob === null) return [];
  if (isUnusable(finalJob)) return [{ ...finalJob, level: 'blocked' }];
  const { failures, warnings } = finalJob.plan;
  return [
    ...failures.map(
      (text): Finding => ({
        code: 'NOMAD_UNPLACED',
        level: 'blocked',
        text: `Nomad could not place the final job: ${text}`,
        next: 'make room for what Nomad names, or change the resources or the constraints of the job',
      }),
    ),
    ...(warnings === '' ? [] : [{ code: 'NOMAD_WARNINGS', level: 'warn', text: warnings.trim() } as const]),
  ];
};

export const dependentFindings = (dependents: readonly Dependent[]): Finding[] =>
  dependents.length === 0
    ? []
    : [
        {
          code: 'DEPENDENTS',
          level: 'warn',
          text: `others use this database too and will find it gone: ${dependents.map(({ kind, name, detail }) => `${kind} ${name} (${detail})`).join('; ')}`,
          next: 'point them at the new place, or tell their owners',
        },
      ];
