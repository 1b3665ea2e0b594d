/** libpq's modes that refuse a server without TLS. */
const MODE = /\b(sslmode\s*=\s*["']?)(?:require|verify-ca|verify-full)\b/i;
/** As drivers of JDBC and Node say it. */
const FLAG = /([?&]ssl=)(?:true|1|require|on)\b/i;

/** Does a connection string refuse a server without TLS, as the new database is one? */
export const insistsOnTls = (text: string): boolean => MODE.test(text) || FLAG.test(text);

/** The same string, as a server without TLS takes it. */
export const withoutTls = (text: string): string => text.replace(MODE, '$1disable').replace(FLAG, '$1false');

/** 1-based lines of the final jobspec that were pointed at the new database and insist on TLS. Pure. */
export function tlsDemands(before: string, after: string): number[] {
  const known = new Set(before.split('\n'));
  return after.split('\n').flatMap((line, at) => (!known.has(line) && insistsOnTls(line) ? [at + 1] : []));
}
