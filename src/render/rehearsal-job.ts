import { DbctlError } from '../errors/dbctl-error.js';
import type { DatabasePart } from '../plan/types.js';
import { renderDatabasePart, renderNetwork } from './database-part.js';
import { renderTemplate } from './handlebars.js';
import { hclString } from './helpers/hcl.js';
import { indentHcl } from './indent-hcl.js';
import { readTemplate } from './templates.js';

export interface RehearsalJob {
  readonly jobId: string;
  readonly namespace: string;
  readonly datacenters: readonly string[];
  readonly nodeId: string;
}

/**
 * A throwaway job with database, toolbox and init on one node: no gate, no app, no secret, no second try.
 * The caller gives it volumes of its own. Throws INTERNAL for a part that is not a rehearsal's.
 */
export function renderRehearsalJob(part: DatabasePart, job: RehearsalJob): string {
  if (part.purpose !== 'rehearsal') throw new DbctlError('INTERNAL', 'a rehearsal job was asked for a real part');
  return renderTemplate(readTemplate('rehearsal.hcl'), {
    ...job,
    datacenters: `[${job.datacenters.map(hclString).join(', ')}]`,
    group: part.group,
    network: indentHcl(renderNetwork(part), '    ', '  '),
    part: indentHcl(renderDatabasePart(part), '    ', '  ').trimEnd(),
  });
}
