import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import type { OffsitePlace } from '../pipeline/restore/context.js';

/** An off-site target of the service, with the credentials that may read. Throws USAGE for a name that it does not have. */
export function offsitePlace({ name: service, backup, vault }: InventoryService, name: string): OffsitePlace {
  const found = backup.offsite.find((target) => target.name === name);
  if (found) {
    const { options, remotePath, read } = found;
    return { name, options, remotePath, read: { mount: vault.mount, path: read } };
  }
  const names = backup.offsite.map((target) => target.name);
  throw new DbctlError('USAGE', 'the service has no off-site target of that name', {
    where: `service ${service}, backup.offsite`,
    value: name,
    next: names.length === 0 ? 'set backup.offsite in dbctl.yaml' : `one of: ${names.join(', ')}`,
  });
}
