import { script } from '../engines/postgres/guard.js';
import type { SqlTarget } from '../ports/sql.js';
import type { MoveContext } from './context.js';

/** Which server this is: made once, by initdb. */
export async function systemIdentifierOf(
  { sql, signal }: Pick<MoveContext, 'sql' | 'signal'>,
  server: SqlTarget,
): Promise<string> {
  const ask = script("select json_build_object('id', system_identifier::text) from pg_control_system();");
  const [row] = (await sql.run(server, ask, { signal })) as { id: string }[];
  return row?.id ?? '';
}
