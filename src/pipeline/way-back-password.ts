import type { FenceRecord } from '../engines/postgres/fence.js';
import { verifiersSql } from '../engines/postgres/roles.js';
import { setPasswordSql } from '../engines/postgres/target.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { SqlTarget } from '../ports/sql.js';
import { Secret } from '../shared/secret.js';
import type { MoveContext } from './context.js';
import { sourceSql, targetSql } from './live.js';
import { recordedAll } from './recorded.js';
import { fits, vaultPassword } from './vault-password.js';

/**
 * After a rollback the app has Vault's password and the role of the shared instance. A password that was changed since the
 * move is carried back as the dedicated server's verifier. Throws VAULT_SECRET_MISSING, SECRET_MISMATCH; changes nothing.
 */
export async function requireWayBackPassword(ctx: MoveContext): Promise<void> {
  await verifierToCarry(ctx);
}

/** Gives the role of the shared instance the password that was set since. Twice is once. */
export async function carryPasswordBack(ctx: MoveContext): Promise<void> {
  const verifier = await verifierToCarry(ctx);
  if (!verifier) return;
  const { role, job } = ctx.plan.source;
  await ctx.sql.run(await sourceSql(ctx), setPasswordSql(role, verifier), { signal: ctx.signal });
  ctx.note(`the password was changed since the move: role ${role} of job ${job} has the new one too`);
}

async function verifierToCarry(ctx: MoveContext): Promise<Secret | undefined> {
  const password = await vaultPassword(ctx);
  if (fits(password, await verifierAt(ctx, await sourceSql(ctx)))) return undefined;
  const changed = await verifierAt(ctx, await targetSql(ctx));
  // A role that others log in with keeps the password that they know.
  const exclusive = recordedAll<FenceRecord>(ctx, 'fence').every((record) => record.exclusive);
  if (changed && exclusive && fits(password, changed)) return changed;
  throw new DbctlError('SECRET_MISMATCH', 'after the way back the app could not log in', {
    where: `role ${ctx.plan.source.role} of job ${ctx.plan.source.job}`,
    value: exclusive
      ? 'the password in Vault is neither the one of before the move nor the one of the dedicated server'
      : 'the password was changed since the move, and others log in with that role too',
    next: "set the role's password there to Vault's: nomad alloc exec -i -t into its task, then psql and \\password",
  });
}

async function verifierAt(ctx: MoveContext, server: SqlTarget): Promise<Secret | undefined> {
  const { role } = ctx.plan.source;
  const rows = (await ctx.sql.run(server, verifiersSql([role]), { signal: ctx.signal })) as {
    name: string;
    verifier: string;
  }[];
  const found = rows.find(({ name }) => name === role);
  return found && new Secret(found.verifier);
}
