import type { SeenClient, SharedNames } from '../../render/index.js';
import { isNamed } from './decide.js';

const POSTGRES_PORT = 5432;
const LOOPBACK = 'localhost';

/** By what names the clients of a file know their server. */
export function sharedOf(clients: readonly SeenClient[], from: readonly string[], house: string): SharedNames {
  const seen = clients
    .flatMap(({ addresses }) => addresses)
    .filter((address) => from.length === 0 || isNamed(address, from));
  const service = seen.flatMap((address) => address.service ?? [])[0];
  const port = seen.flatMap((address) => address.port ?? [])[0] ?? portOf(clients);
  return {
    service: service ?? house,
    hosts: [
      ...new Set([...seen.flatMap(({ host }) => host ?? []), ...from.map((name) => name.replace(/:\d+$/, ''))]),
    ].filter((host) => host !== LOOPBACK),
    port: port ?? POSTGRES_PORT,
  };
}

const portOf = (clients: readonly SeenClient[]): number | undefined =>
  clients
    .flatMap(({ settings }) => settings)
    .filter(({ role, setting }) => role === 'port' && /^\d+$/.test(setting.text))
    .map(({ setting }) => Number(setting.text))[0];

/** Servers that the clients of a file ask for by different names. */
export const differentServers = (clients: readonly SeenClient[]): string[] => {
  const all = clients.map(({ addresses }) => [...new Set(addresses.map(({ id }) => id))].sort().join(' and '));
  const once = [...new Set(all.filter((id) => id !== ''))];
  return once.length > 1 ? once : [];
};
