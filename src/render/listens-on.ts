import type { DatabasePart } from '../plan/types.js';
import type { Address } from './splice/address.js';

type Placed = Pick<DatabasePart, 'placement' | 'network' | 'purpose'>;

/**
 * Where the server takes connections: on loopback wherever its clients can reach that, on the address that Nomad gives the
 * port (`node`) for clients elsewhere, on everything in a namespace that holds nobody else.
 */
export const listensOn = ({ placement, network, purpose }: Placed): 'loopback' | 'node' | 'namespace' => {
  if (purpose === 'rehearsal') return 'loopback';
  if (placement === 'own-job') return 'node';
  return network === 'none' ? 'namespace' : 'loopback';
};

/** How the app reaches it. */
export const appAddress = (part: DatabasePart): Address => {
  switch (listensOn(part)) {
    case 'loopback':
      return { kind: 'loopback', port: part.port };
    case 'namespace':
      return { kind: 'alloc', label: 'db' };
    case 'node':
      return { kind: 'service', name: part.serviceName, provider: part.provider };
  }
};
