import { putFiles } from '../dataplane/put-files.js';
import { roleName } from '../engines/postgres/names.js';
import { scramVerifier } from '../engines/postgres/scram.js';
import { createTempRoleSql, dropTempRoleSql } from '../engines/postgres/temp-role.js';
import type { MoveContext } from './context.js';
import { sourceSql, type Toolbox } from './live.js';

/** Below NOMAD_SECRETS_DIR. */
export const PASSFILE = 'dbctl/pgpass';

const VALID_MS = 24 * 3600 * 1000;

/**
 * Lets the toolbox reach the shared server: a superuser role of this run whose password exists only here and, 0600, in
 * the toolbox's secrets folder. The server gets a SCRAM verifier, so its log never sees the password. Repeating makes a
 * new password. Superuser, because CONNECTION LIMIT 0 of the fence keeps everybody else out.
 */
export async function openSourceAccess(ctx: MoveContext, toolbox: Toolbox): Promise<string> {
  const user = roleName(ctx.run);
  const password = ctx.newSecret(40);
  const verifier = scramVerifier(password, { salt: ctx.randomBytes(16) });
  const validUntil = new Date(ctx.clock.now().getTime() + VALID_MS);
  await ctx.sql.run(await sourceSql(ctx), createTempRoleSql({ name: user, verifier, validUntil }), {
    signal: ctx.signal,
  });
  const { address, port } = ctx.plan.source;
  const line = [address, String(port), '*', user, password.reveal()].map(escapePassfile).join(':');
  const files = [{ name: 'pgpass', text: `${line}\n` }];
  await putFiles(ctx.nomad, { ...toolbox, root: 'secrets', dir: 'dbctl', files, signal: ctx.signal });
  return user;
}

/** Absent is success. */
export async function dropSourceAccess(ctx: MoveContext): Promise<void> {
  await ctx.sql.run(await sourceSql(ctx), dropTempRoleSql(roleName(ctx.run)), { signal: ctx.signal });
}

/** libpq's password file escapes `:` and `\` by a backslash; `*` stands for any database. */
const escapePassfile = (field: string): string => (field === '*' ? field : field.replaceAll(/[:\\]/g, '\\$&'));
