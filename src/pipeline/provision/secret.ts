import { isDbctlError } from '../../errors/dbctl-error.js';
import type { VaultSecret } from '../../ports/vault.js';
import type { Step } from '../step.js';
import { passwordIn } from '../vault-password.js';
import type { ProvisionContext } from './context.js';

/** Letters and digits: every form of setting takes them unquoted. 40 of 62 kinds are 238 bits. */
const PASSWORD_LENGTH = 40;

/** A password in Vault: the one that is there, else a new one by check-and-set. Whoever loses a race reads the winner's. */
export const secretStep: Step<ProvisionContext> = {
  id: 'secret',
  title: 'Password in Vault',
  run: async (ctx) => {
    const before = ctx.journal.fact<boolean>('secret.made') === true;
    const found = await read(ctx);
    const { secret, made } = found ? { secret: found, made: before } : await make(ctx);
    passwordIn(ctx, secret);
    await ctx.journal.record('secret.version', secret.version);
    await ctx.journal.record('secret.made', made);
    return {
      summary: `${ctx.plan.secret.where} ${made ? 'made' : 'kept'}, version ${secret.version}`,
      evidence: { where: ctx.plan.secret.where, version: secret.version, made },
    };
  },
  undo: async (ctx) => {
    if (ctx.journal.fact<boolean>('secret.made') === true)
      ctx.note(`the new password stays at ${ctx.plan.secret.where}: the next attempt takes it`);
  },
};

const read = (ctx: ProvisionContext): Promise<VaultSecret | undefined> => {
  const { mount, path } = ctx.service.vault;
  return ctx.vault.read(mount, path);
};

async function make(ctx: ProvisionContext): Promise<{ secret: VaultSecret; made: boolean }> {
  const { mount, path, key } = ctx.service.vault;
  const password = ctx.newSecret(PASSWORD_LENGTH);
  try {
    const { version } = await ctx.vault.write(mount, path, { [key]: password }, 0);
    return { secret: { data: { [key]: password }, version }, made: true };
  } catch (error) {
    if (!isDbctlError(error, 'VAULT_CAS')) throw error;
    const winner = await read(ctx);
    if (winner) return { secret: winner, made: false };
    throw error;
  }
}
