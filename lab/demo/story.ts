import type { LabHandle } from '../handle.js';
import type { auditLedger } from '../index.js';

export type Audit = Awaited<ReturnType<typeof auditLedger>>;

/** What the app itself says of the database it is connected to. */
export async function databaseOf(lab: LabHandle): Promise<string> {
  const stats = (await (await fetch(`${lab.appUrl}/stats`)).json()) as Record<string, unknown>;
  return `${stats['database']} on ${stats['serverAddress']}:${stats['serverPort']}, ${stats['results']} rows`;
}

export const auditLine = (audit: Audit): string =>
  `${audit.acknowledged} by the ledger, ${audit.missing.length} missing, ${audit.doubled.length} doubled in the database`;

/** One character a second: how long nobody got an answer, by the ledger. */
export function downtimeBar(audit: Audit, since: string): string {
  const gap = audit.gaps.filter((gap) => gap.lastAckBefore >= since).sort((a, b) => b.seconds - a.seconds)[0];
  if (!gap) return 'no pause in the acknowledged writes';
  return `longest pause        ${gap.seconds.toFixed(1)} s  ${'#'.repeat(Math.ceil(gap.seconds))}`;
}
