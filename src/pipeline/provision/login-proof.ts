import { mainDatabase } from '../../plan/main-database.js';
import type { SqlTarget } from '../../ports/sql.js';
import type { LoginProof } from '../../report/provision-report.js';
import { loginProof } from '../login-proof.js';
import { vaultPassword } from '../vault-password.js';
import type { ProvisionContext } from './context.js';

/** With Vault's password, where the app will. Throws LOGIN_UNPROVEN. The result is journalled as `proof`. */
export async function proveLogin(
  ctx: ProvisionContext,
  admin: SqlTarget,
  tcp: { readonly host: string; readonly port: number },
): Promise<{ proof: LoginProof; systemIdentifier: string }> {
  const { role } = ctx.plan.target;
  const { name: database } = mainDatabase(ctx.plan.target);
  const found = await loginProof(ctx, { admin, tcp, role, database, password: await vaultPassword(ctx) });
  await ctx.journal.record('proof', found.proof);
  return found;
}
