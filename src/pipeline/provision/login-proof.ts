import { authSql, whoAmISql } from '../../engines/postgres/new-database.js';
import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import type { SqlTarget } from '../../ports/sql.js';
import type { LoginProof } from '../../report/provision-report.js';
import type { ProvisionContext } from './context.js';
import { currentPassword } from './secret.js';

type Who = Pick<LoginProof, 'role' | 'database' | 'server' | 'port' | 'client' | 'version'>;

interface Auth {
  readonly methods: readonly string[];
  readonly verifier: string;
  readonly systemIdentifier: string;
}

/**
 * Logs in over TCP as the app will, with Vault's password, and sees a wrong one refused there. `admin` is a superuser's way
 * to the same server. Throws LOGIN_UNPROVEN. The result is journalled as `proof`.
 */
export async function proveLogin(
  ctx: ProvisionContext,
  admin: SqlTarget,
  tcp: { readonly host: string; readonly port: number },
): Promise<{ proof: LoginProof; systemIdentifier: string }> {
  const { role } = ctx.plan.target;
  const path = { ...admin, ...tcp, user: role, database: mainDatabase(ctx.plan.target).name };
  const [who] = (await ctx.sql
    .run({ ...path, password: await currentPassword(ctx) }, whoAmISql(), { signal: ctx.signal })
    .catch((cause: unknown) => Promise.reject(unproven(ctx, cause)))) as Who[];
  const wrongPassword = await refusal(ctx, path);
  const [auth] = (await ctx.sql.run(admin, authSql(role), { signal: ctx.signal })) as Auth[];
  if (!who || !auth) throw new DbctlError('INTERNAL', 'the server said nothing about a login', { where: role });
  const { methods, verifier, systemIdentifier } = auth;
  const proof = { ...who, verifier, methods, wrongPassword };
  await ctx.journal.record('proof', proof);
  return { proof, systemIdentifier };
}

/** The server's words. A login that works proves that nobody asked. */
async function refusal(ctx: ProvisionContext, path: SqlTarget): Promise<string> {
  try {
    await ctx.sql.run({ ...path, password: ctx.newSecret(24) }, whoAmISql(), { signal: ctx.signal });
  } catch (error) {
    const said = isDbctlError(error, 'DATABASE_UNAVAILABLE') ? (error.value ?? '') : '';
    const words = /password authentication failed for user "[^"]*"/.exec(said)?.[0];
    if (words !== undefined) return words;
    throw error;
  }
  throw new DbctlError('LOGIN_UNPROVEN', 'the server lets a wrong password in', {
    where: `${path.host ?? ''}:${path.port ?? ''}, role ${ctx.plan.target.role}`,
    next: 'look for trust in pg_hba.conf',
  });
}

const unproven = (ctx: ProvisionContext, cause: unknown): unknown =>
  isDbctlError(cause, 'DATABASE_UNAVAILABLE') && /authentication failed/.test(cause.value ?? '')
    ? new DbctlError('LOGIN_UNPROVEN', 'the password in Vault does not log in', {
        where: `role ${ctx.plan.target.role}`,
        value: cause.value ?? '',
        cause,
      })
    : cause;
