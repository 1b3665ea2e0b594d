import { serverOf } from './databases.js';
import type { DiscoveredClient, Discovery } from './discovery.js';
import { findingsOf } from './findings.js';
import { knownServers } from './known-servers.js';
import { servicesOf } from './services.js';
import type { World } from './types.js';
import { type Use, usesOf } from './uses.js';

export type { Coverage, DiscoveredDatabase, DiscoveredServer, DiscoveredService, Discovery } from './discovery.js';
export { isDue } from './findings.js';

/**
 * What databases a cluster has, who uses them and how sure that is. Pure; the result names no secret. A name is taken from
 * where the running thing takes it, never from a label: of a server from the server itself, else from the rules of its image;
 * of an app from its live settings, held against what the server has and who is connected.
 */
export const discover = (world: World): Discovery => {
  const known = knownServers(world);
  const uses = usesOf(world, known);
  const services = servicesOf(world.jobs, uses);
  const servers = known.map((server) => serverOf(server, services, world));
  return {
    servers,
    clients: uses.map(clientOf),
    services,
    findings: findingsOf({ world, known, servers, uses }),
    gaps: world.gaps,
  };
};

const clientOf = ({ look, telling, role, server, how }: Use): DiscoveredClient => ({
  ...{ job: look.job, group: look.group, task: look.task, role },
  ...{ kind: telling.kind, app: telling.preset, keys: telling.keys, engine: telling.engine ?? server?.engine ?? null },
  ...{ host: telling.host, port: telling.port, databases: telling.databases, user: telling.role },
  server: server === null ? null : { job: server.look.job, group: server.look.group, task: server.look.task },
  how,
  unreadable: look.settings.unreadable,
});
