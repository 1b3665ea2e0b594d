import { sqlIdent, sqlLiteral } from '../../shared/quote.js';

/** Settings whose stored text is itself a list of quoted names (GUC_LIST_QUOTE in PostgreSQL's guc tables). */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** `"$user", public` → [`$user`, `public`]. */
export function splitGucList(text: string): string[] {
  const items = text.match(/"(?:[^"]|"")*"|[^",\s][^",]*/g) ?? [];
  return items.map((item) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item.trim()));
}

/** The right side of `ALTER … SET name = value` for a value as pg_db_role_setting stores it. */
function gucValue(name: string, value: string): string {
  if (!LISTS.has(name.toLowerCase())) return sqlLiteral(value);
  const items = splitGucList(value);
  return items.length === 0 ? "''" : items.map(sqlLiteral).join(', ');
}

/** `name = value`, for `ALTER DATABASE … SET` and `ALTER ROLE … SET`. */
export function gucAssignment(name: string, value: string): string {
  return `${name.split('.').map(sqlIdent).join('.')} = ${gucValue(name, value)}`;
}
