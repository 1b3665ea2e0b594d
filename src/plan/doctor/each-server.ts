import type { Found, Looked } from './check.js';
import { type ServerLook, type ServerSql, SHARED_GONE } from './facts.js';

export const nameOf = ({ service, job }: ServerLook): string =>
  service === null ? `job ${job}` : `database of ${service}`;

/** Every server that answered; one that did not is told by a check of its own. */
export function eachServer(
  servers: readonly ServerLook[],
  look: (server: ServerLook, sql: ServerSql) => readonly Found[],
): Looked {
  const seen = servers.filter(({ sql }) => 'value' in sql);
  const silent = servers.filter(({ sql }) => 'gap' in sql && sql.gap.code !== SHARED_GONE);
  const findings = seen.flatMap((server) =>
    'value' in server.sql ? look(server, server.sql.value).map((one) => ({ service: server.service, ...one })) : [],
  );
  if (findings.length > 0) return findings;
  if (silent.length > 0) return { unknown: `${silent.map(nameOf).join(', ')} does not answer` };
  return seen.length === 0 ? 'there is no server' : `${seen.length} ${seen.length === 1 ? 'server' : 'servers'}`;
}
