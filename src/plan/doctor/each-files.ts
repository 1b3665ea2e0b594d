import type { Found, Looked } from './check.js';
import { nameOf } from './each-server.js';
import { type ServerFiles, type ServerLook, SHARED_GONE } from './facts.js';

/** What a shell in each server's task saw; one that could not be asked makes the check unknown, unless another tells more. */
export function eachFiles(
  { shared, dedicated }: { readonly shared: ServerLook; readonly dedicated: readonly ServerLook[] },
  look: (server: ServerLook, files: ServerFiles) => readonly Found[],
): Looked {
  const servers = [shared, ...dedicated].filter(({ files }) => !('gap' in files && files.gap.code === SHARED_GONE));
  const findings = servers.flatMap((server) =>
    'value' in server.files ? look(server, server.files.value).map((one) => ({ service: server.service, ...one })) : [],
  );
  if (findings.length > 0) return findings;
  const silent = servers.filter(({ files }) => 'gap' in files);
  if (silent.length > 0) return { unknown: `${silent.map(nameOf).join(', ')}: no shell in its task answers` };
  return `${servers.length} ${servers.length === 1 ? 'server' : 'servers'}`;
}
