import type { DatabasePart } from './types.js';

/**
 * Where the server takes connections: on loopback wherever its clients can reach that, on the address that Nomad gives the
 * port (`node`) for clients elsewhere, on everything in a namespace that holds nobody else.
 */
export const listensOn = ({
  placement,
  network,
  purpose,
}: Pick<DatabasePart, 'placement' | 'network' | 'purpose'>): 'loopback' | 'node' | 'namespace' => {
  if (purpose === 'rehearsal') return 'loopback';
  if (placement === 'own-job') return 'node';
  return network === 'none' ? 'namespace' : 'loopback';
};
