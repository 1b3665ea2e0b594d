import type { NomadTaskGroup } from '../ports/nomad.js';
import { hasDatabasePart } from './locate.js';
import { TASKS } from './names.js';

const POSTGRES_PORT = 5432;

/**
 * The port of a database in its group's own network: the usual one, unless a task of the group or Consul's proxy listens
 * there. A database that is there already keeps the port it has.
 */
export function bridgePort(group: NomadTaskGroup): number {
  const own = hasDatabasePart(group)
    ? group.Tasks.find(({ Name }) => Name === TASKS.postgres)?.Env?.['PGPORT']
    : undefined;
  if (own !== undefined && /^\d+$/.test(own)) return Number(own);
  const taken = [...portsInside(group), ...upstreamPorts(group)];
  let port = POSTGRES_PORT;
  while (taken.includes(port)) port += 1;
  return port;
}

/** A port without `to` is the same number inside. */
const portsInside = ({ Networks }: NomadTaskGroup): number[] =>
  (Networks ?? []).flatMap(({ ReservedPorts, DynamicPorts }) => [
    ...(ReservedPorts ?? []).map(({ Value, To }) => (To === undefined || To === 0 ? Value : To)),
    ...(DynamicPorts ?? []).flatMap(({ To }) => To ?? []),
  ]);

interface ConnectService {
  readonly Connect?: {
    readonly SidecarService?: {
      readonly Proxy?: { readonly Upstreams?: readonly { readonly LocalBindPort?: number }[] | null } | null;
    } | null;
  } | null;
}

/** Consul's proxy listens on the loopback of the group for what its tasks reach through it. */
const upstreamPorts = ({ Services }: NomadTaskGroup): number[] =>
  ((Services ?? []) as ConnectService[]).flatMap(({ Connect }) =>
    (Connect?.SidecarService?.Proxy?.Upstreams ?? []).flatMap(({ LocalBindPort }) => LocalBindPort ?? []),
  );
