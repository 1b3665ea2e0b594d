import type { InventoryService } from '../../inventory/types.js';
import type { NomadJob } from '../../ports/nomad.js';
import type { Finding } from '../types.js';

/** Why no task of the job was found that uses a database: the likeliest cause first. */
export const appMissing = (service: InventoryService, job: NomadJob): Finding => {
  const groups = job.TaskGroups.map(({ Name }) => Name);
  if (service.group !== null && !groups.includes(service.group)) return groupNotFound(service.group, job.ID, groups);
  return taskNotFound(service);
};

/** What its jobspec leaves to a template shows only in the running task. */
export const appStarting = (task: string, job: string, unknown: string): Finding => ({
  code: 'APP_STARTING',
  level: 'blocked',
  text: `task ${task} is starting, and ${unknown} shows only once it runs`,
  next: `nomad job status ${job}: try again as soon as the task runs`,
});

const groupNotFound = (group: string, job: string, groups: readonly string[]): Finding => ({
  code: 'GROUP_NOT_FOUND',
  level: 'blocked',
  text: `the inventory says group: ${group}, but job ${job} has no such group`,
  next: `set group to one of: ${groups.join(', ')}; or leave it out`,
});

const taskNotFound = (service: InventoryService): Finding => {
  const named = service.tasks === null ? '' : ` named ${service.tasks.join(', ')}`;
  const app = service.app === null ? '' : ` as ${service.app} does`;
  return {
    code: 'TASK_NOT_FOUND',
    level: 'blocked',
    text: `no task${named} of job ${service.job} says where its database is${app}`,
    next: 'if the app has no database, take the service out of dbctl.yaml; else set app, group or tasks (known are settings in env, or in a template with env = true)',
  };
};
