import { appOf, readLedger } from '../../lab/audit.js';
import type { LabWorld } from '../e2e/lab-world.js';

/** What the app was promised and does not find any more, with the time of the promise. */
export async function promisesBroken(world: LabWorld): Promise<ReadonlyMap<string, string>> {
  await world.stats();
  const missing = new Set((await world.audit()).missing);
  return new Map((await promises(world)).filter(([token]) => missing.has(token)));
}

/** Every acknowledged write by its token, with the time. */
export async function promises(world: LabWorld): Promise<(readonly [string, string])[]> {
  const lines = await readLedger(appOf(world.lab, 'speedtest').ledgerDir);
  return lines.filter(({ kind }) => kind === 'ack').map(({ token, ts }) => [token, ts] as const);
}
