import { DbctlError } from '../../errors/dbctl-error.js';
import { blocksOf, type HclBlock, type HclFile } from './hcl-file.js';
import { unsupported } from './unsupported.js';

/** The named group of the only job. Throws JOBSPEC_UNSUPPORTED when it is not written out in this file. */
export function findGroup(file: HclFile, group: string): HclBlock {
  const job = onlyJob(file);
  const found = blocksOf(job.body, 'group').filter((block) => block.labels[0] === group);
  const [first, second] = found;
  if (second !== undefined) unsupported(file.source, second.start, `there are two groups called ${group}`);
  const alone = blocksOf(job.body, 'task').find((block) => block.labels[0] === group);
  if (first === undefined && alone !== undefined)
    unsupported(
      file.source,
      alone.start,
      `task "${group}" stands in the job without a group`,
      `put it into group "${group}" { … }, as Nomad does by itself, then run again`,
    );
  if (first === undefined)
    unsupported(file.source, job.start, `the job has no group "${group}" that is written out here`);
  const dynamic = blocksOf(first.body, 'dynamic').find(({ labels }) =>
    ['network', 'task', 'volume'].includes(labels[0] ?? ''),
  );
  if (dynamic !== undefined)
    unsupported(file.source, dynamic.start, 'a group with dynamic blocks cannot be patched as text');
  return first;
}

export function onlyJob(file: HclFile): HclBlock {
  const [job, other] = blocksOf(file, 'job');
  if (job === undefined) throw new DbctlError('JOBSPEC_UNSUPPORTED', 'the jobspec has no job block');
  if (other !== undefined) unsupported(file.source, other.start, 'the jobspec has two job blocks');
  return job;
}

/** The named task of a group. */
export function findTask(file: HclFile, group: HclBlock, task: string): HclBlock {
  const found = blocksOf(group.body, 'task').find((block) => block.labels[0] === task);
  return found ?? unsupported(file.source, group.start, `group ${group.labels[0]} has no task "${task}"`);
}
