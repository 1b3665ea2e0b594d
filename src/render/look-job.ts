import type { DatabasePart } from '../plan/types.js';
import { checkPart } from './check-part.js';
import { renderTemplate } from './handlebars.js';
import { goTemplateLiteral } from './helpers/go-template.js';
import { hclString } from './helpers/hcl.js';
import type { RehearsalJob } from './rehearsal-job.js';
import { readTemplate } from './templates.js';

/**
 * A throwaway batch job that mounts the service's own volumes read-only and leaves in `alloc/look` what they hold.
 * For volumes that dbctl does not make: only their contents tell whether they are free. `backups`: the backup volume is
 * there already; without it there is no state file either. Throws NAME_UNSAFE.
 */
export function renderLookJob(part: DatabasePart, job: RehearsalJob & { readonly backups: boolean }): string {
  checkPart(part);
  const state = `/backups/${part.service}/state`;
  return renderTemplate(readTemplate('look.hcl'), {
    ...job,
    datacenters: `[${job.datacenters.map(hclString).join(', ')}]`,
    driver: part.driver,
    image: part.image ?? null,
    script: goTemplateLiteral(renderTemplate(readTemplate('look.sh'), { state })),
    volumes: [
      volume(part.volume, '/look/data', 'single-node-reader-only'),
      ...(job.backups ? [volume(part.backupVolume, '/backups', 'single-node-multi-writer')] : []),
    ],
  });
}

/** A host volume that dbctl made has but the modes it was made with. */
const volume = ({ label, kind, source }: DatabasePart['volume'], destination: string, onHost: string): object =>
  kind === 'csi'
    ? { label, source, destination, type: 'csi', accessMode: 'multi-node-reader-only' }
    : { label, source, destination, type: 'host', accessMode: onHost };
