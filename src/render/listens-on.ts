import { listensOn } from '../plan/listens-on.js';
import type { DatabasePart } from '../plan/types.js';
import type { Address } from './splice/address.js';

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
