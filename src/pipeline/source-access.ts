import { putFiles } from '../dataplane/put-files.js';
import { roleName } from '../engines/postgres/names.js';
import { scramVerifier } from '../engines/postgres/scram.js';
import {
  createTempRoleSql,
  type DropRoleResult,
  dropTempRoleSql,
  prolongTempRoleSql,
} from '../engines/postgres/temp-role.js';
import { Secret } from '../shared/secret.js';
import type { MoveContext } from './context.js';
import { sourceSql, type Toolbox } from './live.js';
import { inToolbox, PASSFILE } from './toolbox-run.js';

const VALID_MS = 24 * 3600 * 1000;

const PASSFILE_OF = 'passfile ';
/** What lies in a toolbox and still holds: this process need not know it. */
const UNKNOWN = new Secret('');

/**
 * A superuser role of this run on the shared server. Superuser, because CONNECTION LIMIT 0 of the fence keeps everybody
 * else out. The server gets a SCRAM verifier, so its log never sees the password; a process that does not know it sets a new one.
 */
export async function ensureSourceRole(ctx: MoveContext): Promise<Secret> {
  const known = ctx.secrets.get('source-role');
  if (known) return known;
  const password = ctx.newSecret(40);
  const verifier = scramVerifier(password, { salt: ctx.randomBytes(16) });
  const script = createTempRoleSql({ name: roleName(ctx.run), verifier, validUntil: validUntil(ctx) });
  await ctx.sql.run(await sourceSql(ctx), script, { signal: ctx.signal });
  forget(ctx);
  ctx.secrets.set('source-role', password);
  return password;
}

/** What opened the server opens it no longer. */
function forget({ secrets }: MoveContext): void {
  for (const name of secrets.keys()) if (name === 'source-role' || name.startsWith(PASSFILE_OF)) secrets.delete(name);
}

const validUntil = ({ clock }: MoveContext): Date => new Date(clock.now().getTime() + VALID_MS);

/**
 * Lets this toolbox log in as that role: the password lies 0600 in the task's secrets folder. Returns the role's name. A
 * password that still opens the server is kept: a dump of the process before may be at work with it.
 */
export async function openSourceAccess(ctx: MoveContext, toolbox: Toolbox): Promise<string> {
  const user = roleName(ctx.run);
  const given = `${PASSFILE_OF}${toolbox.allocId}`;
  if (ctx.secrets.has(given)) return user;
  if (!ctx.secrets.has('source-role') && (await stillOpen(ctx, toolbox))) {
    ctx.secrets.set(given, UNKNOWN);
    return user;
  }
  const password = await ensureSourceRole(ctx);
  const { address, port } = ctx.plan.source;
  const line = [address, String(port), '*', user, password.reveal()].map(escapePassfile).join(':');
  const files = [{ name: 'pgpass', text: `${line}\n` }];
  await putFiles(ctx.nomad, { ...toolbox, root: 'secrets', dir: 'dbctl', files, signal: ctx.signal });
  ctx.secrets.set(given, password);
  return user;
}

/** $1 host, $2 port, $3 role, $4 SQL. */
const PROLONG = `PGPASSFILE="$NOMAD_SECRETS_DIR/${PASSFILE}"
export PGPASSFILE
if [ -f "$PGPASSFILE" ] && PGCONNECT_TIMEOUT=5 psql -X -q -w -h "$1" -p "$2" -U "$3" -d postgres -c "$4" >/dev/null 2>&1; then
  echo dbctl-open
fi`;

/** The toolbox logs in with the password that it has, which is good for another while then. */
async function stillOpen(ctx: MoveContext, toolbox: Toolbox): Promise<boolean> {
  const { address, port } = ctx.plan.source;
  const name = roleName(ctx.run);
  const sql = prolongTempRoleSql({ name, validUntil: validUntil(ctx) });
  const said = await inToolbox(ctx, toolbox, PROLONG, address, String(port), name, sql);
  return /^dbctl-open$/m.test(said);
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
  forget(ctx);
}

/** libpq's password file escapes `:` and `\` by a backslash; `*` stands for any database. */
const escapePassfile = (field: string): string => (field === '*' ? field : field.replaceAll(/[:\\]/g, '\\$&'));
