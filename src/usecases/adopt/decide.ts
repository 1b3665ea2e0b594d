import { isOwnServer, type SeenAddress, type SeenClient } from '../../render/index.js';
import type { AdoptVerdict } from '../../report/adopt-report.js';
import type { ReadFile } from './read-file.js';

/** A file about which nothing is to be done, or the tasks that would get a database of their own. */
export type Decision =
  | { readonly verdict: Exclude<AdoptVerdict, 'patched'>; readonly why: string }
  | { readonly clients: readonly SeenClient[] };

/** `from`: how the operator names the shared server; empty: whatever the tasks ask for. */
export function decide(read: ReadFile, from: readonly string[]): Decision {
  const { job, servers, marked } = read;
  if (marked) return { verdict: 'already-dedicated', why: 'the part of dbctl is in it already' };
  const own = servers.filter(({ engine }) => engine === 'postgres');
  const clients = read.clients.filter(({ addresses }) => !addresses.some((address) => isOwnServer(job, own, address)));
  const asked = clients.filter(
    (client) =>
      from.length === 0 || client.addresses.length === 0 || client.addresses.some((address) => isNamed(address, from)),
  );
  if (asked.length > 0) return { clients: asked };
  if (own.length > 0) return { verdict: 'already-dedicated', why: ownText(read) };
  if (clients.length > 0)
    return { verdict: 'no-database', why: `its database is at ${serversText(clients)}, which is none of --from` };
  return withoutClients(read);
}

const ownText = ({ servers }: ReadFile): string =>
  servers
    .filter(({ engine }) => engine === 'postgres')
    .map(
      ({ task, image, database }) =>
        `task ${task} runs PostgreSQL (${image}), database ${database ?? 'known only at run time'}`,
    )
    .join('; ');

function withoutClients({ servers, engines }: ReadFile): Decision {
  const [server] = servers;
  if (server !== undefined)
    return {
      verdict: 'other-engine',
      why: `task ${server.task} runs ${server.engine} (${server.image}); dbctl knows PostgreSQL only`,
    };
  if (engines.length > 0)
    return { verdict: 'other-engine', why: `its database is ${engines.join(' and ')}; dbctl knows PostgreSQL only` };
  return { verdict: 'no-database', why: 'no setting in it names a PostgreSQL' };
}

/** `postgres`, `10.0.0.5`, `10.0.0.5:5432`, `postgres.service.consul`. */
export const isNamed = ({ service, host, port, id }: SeenAddress, from: readonly string[]): boolean =>
  from.some((name) => [service, host, `${host ?? ''}:${port ?? 5432}`, id].includes(name));

export const serversText = (clients: readonly SeenClient[]): string =>
  [...new Set(clients.flatMap(({ addresses }) => addresses.map(({ id }) => id)))].join(', ');
