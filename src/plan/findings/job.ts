import type { NomadJob, NomadTaskGroup } from '../../ports/nomad.js';
import type { AppEnvironment, ServiceFacts } from '../facts.js';
import { isUnusable } from '../facts.js';
import { hasDatabasePart } from '../locate.js';
import { OWN_TASKS } from '../names.js';
import { groupNetwork } from '../placement.js';
import type { Finding, ServicePlan } from '../types.js';
import { appStarting } from './app.js';

type Placement = ServicePlan['placement']['kind'];

/** What the app's job must look like before dbctl changes it. Each function looks at one thing. */
export const jobFindings = (facts: ServiceFacts, id: string): Finding[] => {
  if (facts.job === null) return [jobMissing(id)];
  return [...jobType(facts.job), ...repeated(facts.job), ...stopped(facts.job), ...jobspecFile(facts)];
};

/** The same for the group that gets the database. */
export const groupFindings = (
  job: NomadJob,
  group: NomadTaskGroup,
  app: readonly AppEnvironment[],
  placement: Placement,
): Finding[] => [
  ...autoRevert(group),
  ...stickyDisk(group, placement),
  ...(placement === 'same-group' ? reservedNames(group) : []),
  ...unsupportedDriver(group),
  ...ownSettings(job, group, app, placement),
  ...(job.TaskGroups.length > 1 ? [otherGroups(job, group, placement)] : []),
];

const jobMissing = (id: string): Finding => ({
  code: 'JOB_NOT_FOUND',
  level: 'blocked',
  text: `Nomad knows no job ${id}`,
  next: 'set services.<name>.job to the id that `nomad job status` shows, or check the namespace',
});

const jobType = (job: NomadJob): Finding[] =>
  (job.Type ?? 'service') === 'service'
    ? []
    : [
        {
          code: 'JOB_TYPE',
          level: 'blocked',
          text: `job ${job.ID} is of type ${job.Type}; only service jobs can carry a database`,
          next: 'leave its database on the shared instance, and take the service out of dbctl.yaml',
        },
      ];

const repeated = (job: NomadJob): Finding[] =>
  job.Periodic || job['ParameterizedJob']
    ? [
        {
          code: 'JOB_PERIODIC',
          level: 'blocked',
          text: `job ${job.ID} is periodic or parameterized: it has no lasting group for a database`,
          next: 'leave its database on the shared instance, and take the service out of dbctl.yaml',
        },
      ]
    : [];

const stopped = (job: NomadJob): Finding[] =>
  job.Stop === true || job.Status === 'dead'
    ? [
        {
          code: 'JOB_STOPPED',
          level: 'blocked',
          text: `job ${job.ID} does not run, so its live settings cannot be read`,
          next: `nomad job run <jobspec of ${job.ID}>`,
        },
      ]
    : [];

const jobspecFile = ({ file, submissionMatches, job }: ServiceFacts): Finding[] => {
  if (!isUnusable(file)) return [];
  const next =
    file.code === 'JOBSPEC_NOT_FOUND' && submissionMatches === true
      ? `Nomad still has the text that runs: nomad job inspect -hcl ${job?.ID ?? ''} > <file>, then set jobspec`
      : file.next;
  return [{ code: file.code, level: 'blocked', text: file.text, next }];
};

const autoRevert = (group: NomadTaskGroup): Finding[] =>
  group.Update?.['AutoRevert'] === true
    ? [
        {
          code: 'AUTO_REVERT',
          level: 'info',
          text: 'auto_revert is on: switched off for the move only, your file keeps it',
        },
      ]
    : [];

/** A job that is stopped and started anew gets an empty disk (measured); one that is updated in its place keeps it. */
const stickyDisk = (group: NomadTaskGroup, placement: Placement): Finding[] =>
  group.EphemeralDisk?.Sticky === true
    ? [
        {
          code: 'STICKY_DISK',
          level: placement === 'own-job' ? 'blocked' : 'warn',
          text:
            placement === 'own-job'
              ? `group ${group.Name} keeps data on a sticky ephemeral disk, which is lost when the app is stopped for the move`
              : `group ${group.Name} keeps data on a sticky ephemeral disk; a replaced allocation takes it along only while it stays on the node`,
          next: 'save what matters there first, or give it a volume',
        },
      ]
    : [];

const reservedNames = (group: NomadTaskGroup): Finding[] => {
  if (hasDatabasePart(group)) return [];
  const taken = group.Tasks.map((task) => task.Name).filter((name) => OWN_TASKS.includes(name));
  return taken.length === 0
    ? []
    : [
        {
          code: 'TASK_NAME_TAKEN',
          level: 'blocked',
          text: `group ${group.Name} already has a task named ${taken.join(', ')}`,
          next: 'rename it in the jobspec',
        },
      ];
};

const KNOWN_DRIVERS: readonly string[] = ['docker', 'podman', 'exec', 'raw_exec', 'java', 'qemu'];

const unsupportedDriver = (group: NomadTaskGroup): Finding[] =>
  group.Tasks.filter((task) => !KNOWN_DRIVERS.includes(task.Driver)).map((task) => ({
    code: 'DRIVER_UNKNOWN',
    level: 'warn',
    text: `task ${task.Name} uses driver ${task.Driver}, which dbctl has never been tried with`,
  }));

/** Apps that read their database's address from a file of their own once they are installed. */
const OWN_SETTINGS = /(?:^|\/)(?:freshrss|nextcloud)(?=[:@]|$)/;

const ownSettings = (
  { ID }: NomadJob,
  group: NomadTaskGroup,
  app: readonly AppEnvironment[],
  placement: Placement,
): Finding[] => {
  const owners = app.filter(({ ownFile }) => ownFile);
  const [unread] = owners.filter(({ unreadable }) => unreadable !== null);
  if (unread?.starting) return [appStarting(unread.task, ID, 'the address in its own file')];
  if (unread !== undefined)
    return [keepsSettings('blocked', `the own settings of task ${unread.task} cannot be read: ${unread.unreadable}`)];
  if (owners.length > 0 && (placement === 'own-job' || groupNetwork(group) === 'none'))
    return [
      keepsSettings(
        'blocked',
        'an app that keeps its settings in a file of its own needs its database beside it, on a network they share',
      ),
    ];
  if (owners.length > 0) {
    const tasks = owners.map(({ task }) => task).join(', ');
    return [
      keepsSettings(
        'info',
        `${tasks} keep the address in a file of their own: task db-repoint changes it by the app's tool`,
      ),
    ];
  }
  return group.Tasks.map((task) => String(task.Config?.['image'] ?? ''))
    .filter((image) => OWN_SETTINGS.test(image) && !app.some(({ preset }) => preset.startsWith('nextcloud')))
    .map((image) => keepsSettings('blocked', `${image} keeps its database's address in a file of its own`));
};

const keepsSettings = (level: 'blocked' | 'info', text: string): Finding => ({
  code: 'APP_KEEPS_SETTINGS',
  level,
  text,
  next: 'set app, tasks and repoint of the service; see docs/apps.md',
});

const otherGroups = (job: NomadJob, group: NomadTaskGroup, placement: Placement): Finding => ({
  code: 'OTHER_GROUPS',
  level: 'info',
  text:
    placement === 'own-job'
      ? `job ${job.ID} has ${job.TaskGroups.length} groups; all of them stop for the move, also those without a database`
      : `job ${job.ID} has ${job.TaskGroups.length} groups; only ${group.Name} changes`,
});
