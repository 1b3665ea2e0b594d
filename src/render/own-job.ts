import { DbctlError } from '../errors/dbctl-error.js';
import type { DatabasePart } from '../plan/types.js';
import { renderDatabasePart, renderNetwork } from './database-part.js';
import { renderTemplate } from './handlebars.js';
import { hclString } from './helpers/hcl.js';
import { indentHcl } from './indent-hcl.js';
import { readTemplate } from './templates.js';

export interface OwnJob {
  readonly namespace: string;
  readonly datacenters: readonly string[];
  /** Where its volumes are; `undefined` when they are not bound to a node. */
  readonly nodeId: string | undefined;
}

/**
 * A complete jobspec that holds the database alone, under the id `part.job`. The same part gives the same bytes.
 * Throws NAME_UNSAFE, JOBSPEC_UNSUPPORTED; INTERNAL for a part that belongs beside an app.
 */
export function renderOwnJob(part: DatabasePart, job: OwnJob): string {
  if (part.placement !== 'own-job' || part.network !== 'host' || part.purpose !== 'service')
    throw new DbctlError('INTERNAL', 'a job of its own was asked for a part that is not for one');
  return renderTemplate(readTemplate('own-job.hcl'), {
    service: part.service,
    major: part.major,
    jobId: part.job,
    namespace: job.namespace,
    datacenters: `[${job.datacenters.map(hclString).join(', ')}]`,
    nodeId: job.nodeId ?? null,
    group: part.group,
    network: indentHcl(renderNetwork(part), '    ', '  '),
    part: indentHcl(renderDatabasePart(part), '    ', '  ').trimEnd(),
  });
}
