import { isDbctlError } from '../errors/dbctl-error.js';
import { listensOn } from '../plan/listens-on.js';
import { mainDatabase } from '../plan/main-database.js';
import type { DatabasePart } from '../plan/types.js';
import type { LoginProof } from '../report/provision-report.js';
import { serverOf, type TargetContext, toolboxOf } from './live.js';
import { type LoginContext, loginProof } from './login-proof.js';
import { type VaultContext, vaultPassword } from './vault-password.js';

export type LoginContextOfTarget = LoginContext &
  VaultContext &
  TargetContext & { readonly plan: { readonly service: string; readonly target: DatabasePart } };

/**
 * Vault's password logs in to the dedicated server over TCP, where one is asked for, and a wrong one is refused
 * (reliability I15). Throws LOGIN_UNPROVEN, VAULT_SECRET_MISSING.
 */
export async function requireVaultLogin(ctx: LoginContextOfTarget): Promise<LoginProof> {
  const { target } = ctx.plan;
  const password = await vaultPassword(ctx);
  const host = listensOn(target) === 'loopback' ? '127.0.0.1' : '${NOMAD_IP_db}';
  const { proof } = await loginProof(ctx, {
    admin: serverOf(ctx, await toolboxOf(ctx)),
    tcp: { host, port: target.port },
    role: target.role,
    database: mainDatabase(target).name,
    password,
  });
  return proof;
}

/** Why the app could not log in at its next start, when it has only what Vault gives it; nothing when it could. */
export const loginProblems = (ctx: LoginContextOfTarget): Promise<string[]> =>
  requireVaultLogin(ctx).then(
    () => [],
    (error: unknown) => {
      if (!isDbctlError(error, 'VAULT_SECRET_MISSING') && !isDbctlError(error, 'LOGIN_UNPROVEN')) throw error;
      return [`the app could not log in at its next start: ${error.code}: ${error.message}`, ...error.details];
    },
  );
