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
 * The complete jobspec of a database in a job of its own: server, toolbox and init; no gate, since no app waits in it.
 * The same part gives the same bytes. Throws INTERNAL for a part that belongs into an app's group, NAME_UNSAFE, JOBSPEC_UNSUPPORTED.
 */
export function renderOwnJob(part: DatabasePart, job: OwnJob): string {
  if (part.placement !== 'own-job' || part.purpose !== 'service')
    throw new DbctlError('INTERNAL', 'a job of its own was asked for another kind of part');
  return renderTemplate(readTemplate('own-job.hcl'), {
    ...{ service: part.service, major: part.major, job: part.job, group: part.group, namespace: job.namespace },
    datacenters: `[${job.datacenters.map(hclString).join(', ')}]`,
    network: indentHcl(renderNetwork(part), '    ', '  '),
    part: indentHcl(renderDatabasePart(part), '    ', '  ').trimEnd(),
  });
}
