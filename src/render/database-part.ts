import type { DatabasePart } from '../plan/types.js';
import { checkPart } from './check-part.js';
import { renderTemplate } from './handlebars.js';
import { partTasks } from './part-tasks.js';
import { readTemplate } from './templates.js';

/**
 * The blocks a task group gets: volumes, service and tasks, not indented, without the port (see `renderPort`).
 * The same part gives the same bytes. Throws NAME_UNSAFE, JOBSPEC_UNSUPPORTED.
 */
export function renderDatabasePart(part: DatabasePart): string {
  checkPart(part);
  return renderTemplate(readTemplate('part.hcl'), {
    serviceName: part.serviceName,
    hostNetwork: part.network === 'host',
    ownJob: part.placement === 'own-job',
    volumes: [volume(part.volume, 'single-node-single-writer'), volume(part.backupVolume, 'single-node-multi-writer')],
    tasks: partTasks(part),
  });
}

/** The reservation that keeps others off the port in host mode; in bridge mode the port is the group's own. */
export const renderPort = ({ port }: DatabasePart): string => `port "db" {\n  static = ${port}\n}\n`;

/** A whole network block, for a group that has none. */
export function renderNetwork(part: DatabasePart): string {
  const port = part.network === 'host' ? `\n${indentLines(renderPort(part), '  ')}` : '';
  return `network {\n  mode = "${part.network}"\n${port}}\n`;
}

const indentLines = (text: string, indent: string): string => text.replace(/^(?=.)/gm, indent);

const volume = ({ label, kind, source }: DatabasePart['volume'], accessMode: string): object => ({
  ...{ label, source, accessMode },
  type: kind === 'csi' ? 'csi' : 'host',
});
