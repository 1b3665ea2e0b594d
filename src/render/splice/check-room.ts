import type { DatabasePart } from '../../plan/types.js';
import { attributeOf, blocksOf, type HclBlock, type HclFile } from './hcl-file.js';
import { REPOINT_TASK } from './repoint-task.js';
import { unsupported } from './unsupported.js';

/** Refuses a group in which a name of the part is taken. Throws JOBSPEC_UNSUPPORTED. */
export function checkRoom(file: HclFile, group: HclBlock, part: DatabasePart): void {
  const tasks = [part.task, part.toolbox, part.initTask, part.gateTask, REPOINT_TASK];
  const volumes = [part.volume.label, part.backupVolume.label];
  for (const block of group.body.blocks) {
    const label = block.labels[0] ?? '';
    const taken =
      (block.type === 'task' && tasks.includes(label)) || (block.type === 'volume' && volumes.includes(label));
    if (taken) unsupported(file.source, block.start, `the group has a ${block.type} called "${label}" already`);
  }
  const services = [group, ...blocksOf(group.body, 'task')].flatMap(({ body }) => blocksOf(body, 'service'));
  const same = services.find(({ body }) => attributeOf(body, 'name')?.value.literal === part.serviceName);
  if (same !== undefined)
    unsupported(file.source, same.start, `the group has a service called "${part.serviceName}" already`);
}
