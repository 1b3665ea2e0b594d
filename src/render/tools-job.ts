import type { DatabasePart } from '../plan/types.js';
import { checkPlace } from './check-part.js';
import { backupVolumeOf } from './database-part.js';
import { renderTemplate } from './handlebars.js';
import { goTemplateLiteral } from './helpers/go-template.js';
import { hclString } from './helpers/hcl.js';
import type { RehearsalJob } from './rehearsal-job.js';
import { readTemplate } from './templates.js';

/** Where they are put: the toolbox's own image and backup volume. */
export type ToolsPart = Pick<DatabasePart, 'service' | 'driver' | 'image' | 'backupVolume'>;

export interface ToolsJob extends RehearsalJob {
  /** Name of their folder below `/backups/.tools`. */
  readonly pin: string;
  readonly tools: readonly { readonly name: 'rclone' | 'age'; readonly url: string; readonly sha256: string }[];
}

/**
 * A throwaway batch job that puts rclone and age on the backup volume. It alone has artifacts: nothing waits for it but
 * dbctl (ADR 0013). Throws NAME_UNSAFE.
 */
export function renderToolsJob(part: ToolsPart, job: ToolsJob): string {
  checkPlace(part);
  const { pin, tools } = job;
  const names = tools.map(({ name }) => name).join(' ');
  return renderTemplate(readTemplate('tools.hcl'), {
    ...job,
    datacenters: `[${job.datacenters.map(hclString).join(', ')}]`,
    driver: part.driver,
    image: part.image ?? null,
    script: goTemplateLiteral(
      renderTemplate(readTemplate('tools.sh'), { service: part.service, pin, names, found: foundScript() }),
    ),
    volume: backupVolumeOf(part),
    tools: tools.map(artifactOf),
  });
}

/** How a script finds a program in what Nomad has downloaded. */
export const foundScript = (): string => readTemplate('found.sh').trimEnd();

export const artifactOf = ({ name, url, sha256 }: ToolsJob['tools'][number]): object => ({
  url,
  destination: `local/download/${name}`,
  checksum: `sha256:${sha256}`,
});
