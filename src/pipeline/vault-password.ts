import { matchesVerifier } from '../engines/postgres/scram.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import type { VaultSecret } from '../ports/vault.js';
import type { Secret } from '../shared/secret.js';
import type { MovePorts } from './context.js';

export interface VaultContext extends Pick<MovePorts, 'vault'> {
  readonly service: InventoryService;
}

/**
 * The password that Vault has now, of data that is there already. Throws VAULT_SECRET_MISSING: a new one is never made in its
 * place, since nobody could tell it from the one that everybody lost.
 */
export async function vaultPassword(ctx: VaultContext): Promise<Secret> {
  const { mount, path } = ctx.service.vault;
  const secret = await ctx.vault.read(mount, path);
  if (secret) return passwordIn(ctx, secret);
  throw missing(ctx, 'the secret is gone, and the data that it opens is not');
}

export function passwordIn(ctx: VaultContext, secret: VaultSecret): Secret {
  const password = secret.data[ctx.service.vault.key];
  if (password !== undefined && password.reveal() !== '') return password;
  throw missing(ctx, 'the secret holds no password');
}

function missing({ service: { vault, job } }: VaultContext, what: string): DbctlError {
  const { mount, path, key } = vault;
  const write = `read -rs P; printf %s "$P" | vault kv put -mount=${mount} ${path} ${key}=-`;
  return new DbctlError('VAULT_SECRET_MISSING', what, {
    where: `${mount}/${path}`,
    value: `key ${key}`,
    details: [
      `it was deleted: vault kv metadata get -mount=${mount} ${path}, then vault kv undelete -mount=${mount} -versions=<the newest> ${path}`,
      `it is known elsewhere: ${write}`,
      `nobody knows it any more, and the database is its own task: write a new one in the same way, then nomad job restart -on-error=fail -reschedule ${job}; db-init sets it over the server's own socket`,
    ],
    next: 'bring the password back into Vault; dbctl makes no new one for data that is there',
  });
}

export const fits = (password: Secret, verifier: Secret | undefined): boolean =>
  verifier !== undefined && matchesVerifier(password, verifier);
