import { listensOn } from '../plan/listens-on.js';
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
    provider: part.provider,
    remote: listensOn(part) !== 'loopback',
    scriptCheck: part.provider === 'consul' ? part.task : null,
    hostNetwork: part.network === 'host',
    reachable: part.network === 'host' || listensOn(part) !== 'loopback',
    volumes: [volume(part.volume, 'data'), backupVolumeOf(part)],
    tasks: partTasks(part),
  });
}

/**
 * The reservation that keeps others off the port; in bridge mode the port is the group's own. Inside a container it is the
 * same number: with `to`, NOMAD_PORT_db would be the inner one, which nobody else can reach (taskenv/env.go, 1.11.1).
 */
export const renderPort = ({ port }: DatabasePart): string => `port "db" {\n  static = ${port}\n}\n`;

/** A whole network block, for a group that has none. */
export function renderNetwork(part: DatabasePart): string {
  const port = indentLines(renderPort(part), '  ');
  switch (part.network) {
    case 'host':
      return `network {\n  mode = "host"\n\n${port}}\n`;
    case 'bridge':
      return 'network {\n  mode = "bridge"\n}\n';
    case 'none':
      return `network {\n${port}}\n`;
  }
}

const indentLines = (text: string, indent: string): string => text.replace(/^(?=.)/gm, indent);

/** The words differ between Nomad's own volumes and CSI's. Many services keep their dumps on one backup volume. */
const ACCESS = {
  host: { data: 'single-node-single-writer', backup: 'single-node-multi-writer' },
  csi: { data: 'single-node-writer', backup: 'multi-node-multi-writer' },
} as const;

export const backupVolumeOf = (part: Pick<DatabasePart, 'backupVolume'>): object => volume(part.backupVolume, 'backup');

function volume({ label, kind, source }: DatabasePart['volume'], use: 'data' | 'backup'): object {
  const type = kind === 'csi' ? 'csi' : 'host';
  return { label, source, type, accessMode: ACCESS[type][use] };
}
