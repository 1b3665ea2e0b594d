import type { DatabasePart } from '../plan/types.js';
import { checkPart } from './check-part.js';
import { backupVolumeOf } from './database-part.js';
import { renderTemplate } from './handlebars.js';
import { hclString } from './helpers/hcl.js';
import { toolboxAlone } from './part-tasks.js';
import type { RehearsalJob } from './rehearsal-job.js';
import { readTemplate } from './templates.js';

/**
 * A throwaway job with the toolbox alone, on the node of the backup volume: reads dumps and writes the state file when the
 * service's own toolbox is gone. It never sees the data volume. Throws NAME_UNSAFE.
 */
export function renderRescueJob(part: DatabasePart, job: RehearsalJob): string {
  checkPart(part);
  return renderTemplate(readTemplate('rescue.hcl'), {
    ...job,
    datacenters: `[${job.datacenters.map(hclString).join(', ')}]`,
    networkMode: part.network === 'none' ? null : part.network,
    volume: backupVolumeOf(part),
    task: toolboxAlone(part),
  });
}
