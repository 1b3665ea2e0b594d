import type { NomadJob, NomadTask } from '../ports/nomad.js';
import type { SessionFacts } from './facts.js';
import { settingTexts } from './names-instance.js';
import type { Dependent } from './types.js';

interface DependentInput {
  readonly jobs: readonly NomadJob[];
  readonly app: string;
  readonly shared: { readonly job: string; readonly service: string };
  readonly databases: readonly string[];
  readonly role: string;
  readonly sessions: readonly SessionFacts[];
}

/** Who else uses the database: other roles that are connected now, and other jobs whose settings name it. */
export const findDependents = (input: DependentInput): Dependent[] => [
  ...sessionDependents(input),
  ...jobDependents(input),
];

/** As `adapters/framed-psql.ts` calls itself: a plan of several services looks at them side by side. */
const OWN_APPLICATION = 'dbctl';

const sessionDependents = ({ sessions, role }: DependentInput): Dependent[] =>
  sessions
    .filter((session) => session.role !== role && session.application !== OWN_APPLICATION)
    .map(
      (session): Dependent => ({
        kind: 'session',
        name: session.role || '(no role)',
        detail: [session.application, session.address, `${session.count} now`].filter((part) => part !== '').join(', '),
      }),
    );

const jobDependents = ({ jobs, app, shared, databases }: DependentInput): Dependent[] =>
  jobs
    .filter((job) => job.ID !== app && job.ID !== shared.job)
    .flatMap((job) =>
      job.TaskGroups.flatMap((group) =>
        group.Tasks.flatMap((task) =>
          databases
            .filter((database) => namesDatabase(task, shared.service, database))
            .map((database) => ({ kind: 'job', name: job.ID, detail: `task ${task.Name} names ${database}` }) as const),
        ),
      ),
    );

// Only the fact that a task names both is kept: its settings may hold passwords.
const namesDatabase = (task: NomadTask, service: string, database: string): boolean => {
  const texts = settingTexts(task);
  return texts.some((text) => hasWord(text, database)) && texts.some((text) => hasWord(text, service));
};

const hasWord = (text: string, word: string): boolean => {
  const escaped = word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, 'u').test(text);
};
