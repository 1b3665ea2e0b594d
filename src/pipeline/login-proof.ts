import { authSql, whoAmISql } from '../engines/postgres/new-database.js';
import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { SqlTarget } from '../ports/sql.js';
import type { LoginProof } from '../report/provision-report.js';
import type { Secret } from '../shared/secret.js';
import type { MovePorts } from './context.js';

type Who = Pick<LoginProof, 'role' | 'database' | 'server' | 'port' | 'client' | 'version'>;

interface Auth {
  readonly methods: readonly string[];
  readonly verifier: string;
  readonly systemIdentifier: string;
}

export interface LoginContext extends Pick<MovePorts, 'sql' | 'newSecret'> {
  readonly signal: AbortSignal;
}

export interface Login {
  /** A superuser's way to the same server. */
  readonly admin: SqlTarget;
  readonly tcp: { readonly host: string; readonly port: number };
  readonly role: string;
  readonly database: string;
  readonly password: Secret;
}

/** Logs in over TCP as the app does, and sees a wrong password refused there. Changes nothing. Throws LOGIN_UNPROVEN. */
export async function loginProof(
  ctx: LoginContext,
  { admin, tcp, role, database, password }: Login,
): Promise<{ proof: LoginProof; systemIdentifier: string }> {
  const path = { ...admin, ...tcp, user: role, database };
  const [who] = (await ctx.sql
    .run({ ...path, password }, whoAmISql(), { signal: ctx.signal })
    .catch((cause: unknown) => Promise.reject(unproven(role, cause)))) as Who[];
  const wrongPassword = await refusal(ctx, path);
  const [auth] = (await ctx.sql.run(admin, authSql(role), { signal: ctx.signal })) as Auth[];
  if (!who || !auth) throw new DbctlError('INTERNAL', 'the server said nothing about a login', { where: role });
  const { methods, verifier, systemIdentifier } = auth;
  return { proof: { ...who, verifier, methods, wrongPassword }, systemIdentifier };
}

/** The server's words. A login that works proves that nobody asked. */
async function refusal(ctx: LoginContext, path: SqlTarget & { readonly user: string }): Promise<string> {
  try {
    await ctx.sql.run({ ...path, password: ctx.newSecret(24) }, whoAmISql(), { signal: ctx.signal });
  } catch (error) {
    const said = isDbctlError(error, 'DATABASE_UNAVAILABLE') ? (error.value ?? '') : '';
    const words = `password authentication failed for user "${path.user}"`;
    if (said.includes(words)) return words;
    throw error;
  }
  throw new DbctlError('LOGIN_UNPROVEN', 'the server lets a wrong password in', {
    where: `${path.host ?? ''}:${path.port ?? ''}, role ${path.user}`,
    next: 'look for trust in pg_hba.conf',
  });
}

const unproven = (role: string, cause: unknown): unknown =>
  isDbctlError(cause, 'DATABASE_UNAVAILABLE') && /authentication failed/.test(cause.value ?? '')
    ? new DbctlError('LOGIN_UNPROVEN', 'the password in Vault does not log in', {
        where: `role ${role}`,
        value: cause.value ?? '',
        cause,
      })
    : cause;
