import { DbctlError } from '../errors/dbctl-error.js';
import type { SqlTarget } from '../ports/sql.js';
import type { MoveContext } from './context.js';

const AVAILABLE = "select json_build_object('name', name) from pg_available_extensions;";

/**
 * The new server must have every extension of the databases, or the import would end half-way. Only the server itself knows
 * what its image holds: a rehearsal asks it while the app still runs. Throws EXTENSION_MISSING.
 */
export async function requireExtensions(ctx: MoveContext, target: SqlTarget): Promise<void> {
  const rows = (await ctx.sql.run(target, AVAILABLE, { signal: ctx.signal })) as { name: string }[];
  const available = new Set(rows.map(({ name }) => name));
  const wanted = new Set(ctx.plan.source.databases.flatMap(({ extensions }) => extensions.map(nameOf)));
  const missing = [...wanted].filter((name) => !available.has(name));
  if (missing.length === 0) return;
  throw new DbctlError('EXTENSION_MISSING', 'the new server lacks an extension that the database uses', {
    where: `service ${ctx.plan.service}, ${ctx.plan.target.image ?? `driver ${ctx.plan.target.driver}`}`,
    value: missing.join(', '),
    next: `set image of service ${ctx.plan.service} to one that has it, or: DROP EXTENSION ${missing[0] ?? ''}, if nothing uses it`,
  });
}

/** `vector 0.8.0` is name and version. */
const nameOf = (text: string): string => text.replace(/ [^ ]*$/, '');
