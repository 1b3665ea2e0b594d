/** libpq's modes that refuse a server without TLS; drivers of JDBC and Node say `ssl=true`. */
const DEMAND = /\bsslmode\s*=\s*["']?(?:require|verify-ca|verify-full)\b|[?&]ssl=(?:true|1|require|on)\b/i;

/** 1-based lines of the final jobspec that were pointed at the new database, which has no TLS, and insist on it. Pure. */
export function tlsDemands(before: string, after: string): number[] {
  const known = new Set(before.split('\n'));
  return after.split('\n').flatMap((line, at) => (!known.has(line) && DEMAND.test(line) ? [at + 1] : []));
}
