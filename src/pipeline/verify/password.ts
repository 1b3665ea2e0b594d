import { DbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import type { SqlTarget } from '../../ports/sql.js';
import type { VerifyCheck } from '../../report/verify-report.js';
import type { Secret } from '../../shared/secret.js';
import type { MovePorts } from '../context.js';
import { type LoginContext, loginProof } from '../login-proof.js';
import { outcome } from './outcome.js';

export interface PasswordContext extends LoginContext, Pick<MovePorts, 'vault'> {
  readonly service: InventoryService;
}

/** Vault's password logs in over TCP, a wrong one does not (reliability I15). Asked inside the server's own task. */
export async function checkPassword(
  ctx: PasswordContext,
  server: SqlTarget & { readonly port: number },
  { role, database }: { role: string; database: string },
): Promise<VerifyCheck> {
  const tcp = { host: '127.0.0.1', port: server.port };
  const { proof } = await loginProof(ctx, { admin: server, tcp, role, database, password: await vaultPassword(ctx) });
  return outcome(
    'password',
    null,
    `Vault's logs in as ${role} on port ${proof.port}; a wrong one: ${proof.wrongPassword}`,
  );
}

async function vaultPassword({ vault, service }: PasswordContext): Promise<Secret> {
  const { mount, path, key } = service.vault;
  const password = (await vault.read(mount, path))?.data[key];
  if (password !== undefined && password.reveal() !== '') return password;
  throw new DbctlError('LOGIN_UNPROVEN', 'Vault holds no password for the role', {
    where: `${mount}/${path}, key ${key}`,
  });
}
