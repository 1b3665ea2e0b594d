import { putFiles } from '../dataplane/put-files.js';
import { roleName } from '../engines/postgres/names.js';
import { scramVerifier } from '../engines/postgres/scram.js';
import { createTempRoleSql, type DropRoleResult, dropTempRoleSql } from '../engines/postgres/temp-role.js';
import type { Secret } from '../shared/secret.js';
import type { MoveContext } from './context.js';
import { sourceSql, type Toolbox } from './live.js';

/** Below NOMAD_SECRETS_DIR. */
export const PASSFILE = 'dbctl/pgpass';

const VALID_MS = 24 * 3600 * 1000;

/**
 * A superuser role of this run on the shared server. Superuser, because CONNECTION LIMIT 0 of the fence keeps everybody
 * else out. The server gets a SCRAM verifier, so its log never sees the password; a resumed run sets a new one.
 */
export async function ensureSourceRole(ctx: MoveContext): Promise<Secret> {
  const known = ctx.secrets.get('source-role');
  if (known) return known;
  const password = ctx.newSecret(40);
  const verifier = scramVerifier(password, { salt: ctx.randomBytes(16) });
  const validUntil = new Date(ctx.clock.now().getTime() + VALID_MS);
  const script = createTempRoleSql({ name: roleName(ctx.run), verifier, validUntil });
  await ctx.sql.run(await sourceSql(ctx), script, { signal: ctx.signal });
  ctx.secrets.set('source-role', password);
  return password;
}

/** Lets this toolbox log in as that role: the password lies 0600 in the task's secrets folder. Returns the role's name. */
export async function openSourceAccess(ctx: MoveContext, toolbox: Toolbox): Promise<string> {
  const user = roleName(ctx.run);
  const password = await ensureSourceRole(ctx);
  const given = `passfile ${toolbox.allocId}`;
  if (ctx.secrets.has(given)) return user;
  const { address, port } = ctx.plan.source;
  const line = [address, String(port), '*', user, password.reveal()].map(escapePassfile).join(':');
  const files = [{ name: 'pgpass', text: `${line}\n` }];
  await putFiles(ctx.nomad, { ...toolbox, root: 'secrets', dir: 'dbctl', files, signal: ctx.signal });
  ctx.secrets.set(given, password);
  return user;
}

/** Absent is success. */
export async function dropSourceAccess(ctx: MoveContext): Promise<void> {
  const role = roleName(ctx.run);
  const rows = await ctx.sql.run(await sourceSql(ctx), dropTempRoleSql(role), { signal: ctx.signal });
  const result = rows.at(-1) as DropRoleResult | undefined;
  if (result?.gone === false)
    ctx.note(
      `role ${role} owns something on job ${ctx.plan.source.job} and stays there, shut: look with \\dx, \\do, \\df and drop it by hand`,
    );
  ctx.secrets.delete('source-role');
}

/** libpq's password file escapes `:` and `\` by a backslash; `*` stands for any database. */
const escapePassfile = (field: string): string => (field === '*' ? field : field.replaceAll(/[:\\]/g, '\\$&'));
