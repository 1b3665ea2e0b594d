import type { Inventory } from '../../inventory/types.js';
import type { NomadJob } from '../../ports/nomad.js';
import { settingTexts } from '../names-instance.js';
import { jobsOf } from './jobs-of.js';

interface VaultTask {
  readonly job: string;
  readonly task: string;
  readonly service: string | null;
  /** It has a vault block, its group's and its job's counted. */
  readonly block: boolean;
}

/** Tasks of our jobs whose templates read a secret. */
export const tasksReadingVault = (inventory: Inventory, jobs: readonly NomadJob[]): VaultTask[] =>
  jobsOf(inventory, jobs).flatMap(({ job, service }) =>
    job.TaskGroups.flatMap((group) =>
      group.Tasks.filter((task) =>
        settingTexts(task).some((text) => /\{\{-?\s*(?:with|range)?\s*secret\s+["`]/.test(text)),
      ).map((task) => ({
        job: job.ID,
        task: task.Name,
        service,
        block: [task['Vault'], group['Vault'], job['Vault']].some((block) => block != null),
      })),
    ),
  );
