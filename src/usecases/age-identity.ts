import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import type { Secret } from '../shared/secret.js';
import type { UseCaseDeps } from './deps.js';

/**
 * The age key for copies of the service: the one that was given, else the one in Vault, `<path>#<key>`. `null` where there is
 * neither: the copy is not encrypted, or cannot be opened. Throws VAULT_SECRET_MISSING.
 */
export async function ageIdentity(
  { vault }: Pick<UseCaseDeps, 'vault'>,
  service: InventoryService,
  given: Secret | null,
): Promise<Secret | null> {
  const where = service.backup.encrypt?.identity;
  if (given !== null || !where) return given;
  const [path = '', key = ''] = where.split('#');
  const found = (await vault.read(service.vault.mount, path))?.data[key];
  if (found) return found;
  throw new DbctlError('VAULT_SECRET_MISSING', 'the age key that opens the copies is not in Vault', {
    where: `${service.vault.mount}/${path}`,
    value: `key ${key}`,
    next: `--identity <file>, or vault kv put -mount=${service.vault.mount} ${path} ${key}=-`,
  });
}
