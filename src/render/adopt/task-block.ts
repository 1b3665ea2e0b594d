import { attributeOf, blocksOf, type HclBlock, type HclFile } from '../splice/hcl-file.js';

/** The block of a task; `undefined` where labels are computed. */
export function taskBlock(file: HclFile, group: string, task: string): HclBlock | undefined {
  const named =
    (type: string, name: string) =>
    (block: HclBlock): boolean =>
      block.type === type && block.labels[0] === name;
  const jobs = blocksOf(file, 'job').flatMap(({ body }) => body.blocks);
  const inGroup = jobs.filter(named('group', group)).flatMap(({ body }) => body.blocks.filter(named('task', task)));
  return inGroup[0] ?? (group === task ? jobs.find(named('task', task)) : undefined);
}

/** The role by which a task asks Vault: its own, else that of its group or job; a block of its own hides those. */
export function vaultRole(file: HclFile, group: string, task: HclBlock): string | null {
  const jobs = blocksOf(file, 'job');
  const groups = jobs.flatMap(({ body }) => blocksOf(body, 'group')).filter(({ labels }) => labels[0] === group);
  const found = [task, ...groups, ...jobs].flatMap(({ body }) => blocksOf(body, 'vault'))[0];
  return (found && attributeOf(found.body, 'role')?.value.literal) ?? null;
}
