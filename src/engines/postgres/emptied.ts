import { sqlLiteral } from '../../shared/quote.js';
import type { TableLine } from './evidence-lines.js';
import { script } from './guard.js';

export interface EmptiedRow {
  readonly schema: string;
  readonly name: string;
  readonly gone: boolean;
}

type Table = Pick<TableLine, 'schema' | 'name' | 'rows'>;

const ROW = (gone: boolean): string =>
  `$f$select json_build_object('schema', %L::text, 'name', %L::text, 'gone', ${gone})$f$`;

/**
 * One row for each of these tables that had rows and has none now, or is not there any more. One look at each, no count.
 * Run in the database itself.
 */
export function emptiedSql(tables: readonly Table[]): string {
  const rows = tables.filter((table) => table.rows > 0);
  if (rows.length === 0) return script();
  const values = rows.map(({ schema, name }) => `(${sqlLiteral(schema)}, ${sqlLiteral(name)})`).join(', ');
  const found = `from (values ${values}) v(s, t) left join (pg_class c join pg_namespace n on n.oid = c.relnamespace)
    on n.nspname = v.s and c.relname = v.t and c.relkind in ('r', 'p')`;
  return script(
    `select format(${ROW(true)}, v.s, v.t) ${found} where c.oid is null order by v.s, v.t \\gexec`,
    `select format(${ROW(false)} || $f$ where not exists (select from %I.%I)$f$, v.s, v.t, v.s, v.t) ${found} where c.oid is not null order by v.s, v.t \\gexec`,
  );
}
