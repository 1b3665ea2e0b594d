import { SEEK_READY, TASKS } from '../plan/names.js';
import type { Driver } from '../plan/types.js';
import { renderTemplate } from './handlebars.js';
import { goTemplateLiteral } from './helpers/go-template.js';
import { hclString } from './helpers/hcl.js';
import { readTemplate } from './templates.js';
import { artifactOf, foundScript, type ToolsJob } from './tools-job.js';

export interface SeekJob {
  readonly jobId: string;
  readonly namespace: string;
  readonly datacenters: readonly string[];
  readonly driver: Driver;
  readonly image: string | null;
  readonly tools: ToolsJob['tools'];
  /** After which the job ends by itself. */
  readonly seconds: number;
}

/** A throwaway batch job without any volume that has rclone and age at hand: what to look for copies elsewhere with. */
export function renderSeekJob({ seconds, tools, ...job }: SeekJob): string {
  const names = tools.map(({ name }) => name).join(' ');
  const values = { names, seconds: String(Math.trunc(seconds)), ready: SEEK_READY, found: foundScript() };
  return renderTemplate(readTemplate('seek.hcl'), {
    ...job,
    task: TASKS.toolbox,
    datacenters: `[${job.datacenters.map(hclString).join(', ')}]`,
    script: goTemplateLiteral(renderTemplate(readTemplate('seek.sh'), values)),
    tools: tools.map(artifactOf),
  });
}
