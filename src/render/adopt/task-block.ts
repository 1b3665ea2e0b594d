import { blocksOf, type HclBlock, type HclFile } from '../splice/hcl-file.js';

/** The block of a task; `undefined` where labels are computed. */
export function taskBlock(file: HclFile, group: string, task: string): HclBlock | undefined {
  const named =
    (type: string, name: string) =>
    (block: HclBlock): boolean =>
      block.type === type && block.labels[0] === name;
  const groups = blocksOf(file, 'job').flatMap(({ body }) => body.blocks.filter(named('group', group)));
  return groups.flatMap(({ body }) => body.blocks.filter(named('task', task)))[0];
}
